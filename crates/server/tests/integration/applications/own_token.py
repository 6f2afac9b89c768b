"""Authlib is given a token for the program itself (RFC 6749 §4.4) and checks it as a service does (RFC 9068).

Arguments: issuer, client id, client secret. Prints one line of JSON.
"""

import json
import sys

import httpx
from authlib.integrations.base_client.errors import OAuthError
from authlib.integrations.httpx_client import OAuth2Client
from joserfc import jwt
from joserfc.jwk import KeySet

issuer, client_id, client_secret = sys.argv[1:]
metadata = httpx.get(f"{issuer}/.well-known/oauth-authorization-server").json()
assert "client_credentials" in metadata["grant_types_supported"]
client = OAuth2Client(client_id, client_secret, token_endpoint=metadata["token_endpoint"])
given = client.fetch_token(grant_type="client_credentials", scope="admin:introspection")
keys = KeySet.import_key_set(httpx.get(metadata["jwks_uri"]).json())
token = jwt.decode(given["access_token"], keys, algorithms=["EdDSA"])
assert token.header["typ"] == "at+jwt" and "refresh_token" not in given
told = client.post(metadata["introspection_endpoint"], data={"token": given["access_token"]}).json()
try:
    client.fetch_token(grant_type="client_credentials", scope="admin:users")
    more = "given"
except OAuthError as fault:
    more = fault.error

print(json.dumps({"sub": token.claims["sub"], "active": told["active"], "scope": told["scope"], "more": more}))
