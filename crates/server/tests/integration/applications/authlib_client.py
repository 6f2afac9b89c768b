"""Authlib goes the whole way: discovery, a login with PKCE, tokens, userinfo, renewal, a code that comes again, and out.

Arguments: issuer, client id, client secret, redirect address, user name, password. Prints one line of JSON.
"""

import html
import json
import re
import sys
from urllib.parse import parse_qs, urlsplit

import httpx
from authlib.common.security import generate_token
from authlib.integrations.base_client.errors import OAuthError
from authlib.integrations.httpx_client import OAuth2Client
from joserfc import jwt
from joserfc.jwk import KeySet

issuer, client_id, client_secret, redirect_uri, name, password = sys.argv[1:]


class Browser:
    """Follows what pages say; its cookies are its own."""

    def __init__(self):
        self.http = httpx.Client(follow_redirects=False)
        self.cookies = {}

    def send(self, method, url, data=None):
        headers = {"cookie": "; ".join(f"{key}={value}" for key, value in self.cookies.items())}
        answer = self.http.request(method, url, data=data, headers=headers)
        for line in answer.headers.get_list("set-cookie"):
            key, value = line.split(";")[0].split("=", 1)
            self.cookies[key] = value
        if answer.status_code == 303 and answer.headers["location"].startswith("/"):
            return self.send("GET", issuer + answer.headers["location"])
        return answer


def hidden(page, field):
    return html.unescape(re.search(f'name="{field}" value="([^"]*)"', page.text).group(1))


metadata = httpx.get(f"{issuer}/.well-known/openid-configuration").json()
assert metadata["issuer"] == issuer
client = OAuth2Client(
    client_id,
    client_secret,
    scope="openid profile email",
    redirect_uri=redirect_uri,
    token_endpoint=metadata["token_endpoint"],
    code_challenge_method="S256",
)
verifier, nonce = generate_token(48), generate_token(20)
address, state = client.create_authorization_url(
    metadata["authorization_endpoint"], code_verifier=verifier, nonce=nonce
)

browser = Browser()
page = browser.send("GET", address)
page = browser.send(
    "POST", f"{issuer}/oauth2/login", {"request": hidden(page, "request"), "identifier": name, "password": password}
)
answer = browser.send(
    "POST",
    f"{issuer}/oauth2/consent",
    {"request": hidden(page, "request"), "seal": hidden(page, "seal"), "decision": "allow"},
)
back = answer.headers["location"]
assert back.startswith(redirect_uri), back
assert parse_qs(urlsplit(back).query)["iss"] == [issuer]

token = client.fetch_token(authorization_response=back, state=state, code_verifier=verifier)
keys = KeySet.import_key_set(httpx.get(metadata["jwks_uri"]).json())
id_token = jwt.decode(token["id_token"], keys, algorithms=metadata["id_token_signing_alg_values_supported"])
registry = jwt.JWTClaimsRegistry(
    iss={"essential": True, "value": issuer},
    aud={"essential": True, "value": client_id},
    nonce={"essential": True, "value": nonce},
    sub={"essential": True},
    auth_time={"essential": True},
)
registry.validate(id_token.claims)
who = client.get(metadata["userinfo_endpoint"]).json()
assert who["sub"] == id_token.claims["sub"]

before = token["access_token"]
renewed = client.refresh_token(metadata["token_endpoint"])
is_renewed = renewed["access_token"] != before and client.get(metadata["userinfo_endpoint"]).status_code == 200

goodbye = browser.send(
    "GET",
    str(
        httpx.URL(
            metadata["end_session_endpoint"],
            params={
                "id_token_hint": token["id_token"],
                "post_logout_redirect_uri": redirect_uri.replace("callback", "goodbye"),
                "state": "bye",
            },
        )
    ),
)
after = httpx.get(metadata["userinfo_endpoint"], headers={"authorization": f"Bearer {renewed['access_token']}"})
try:
    client.fetch_token(authorization_response=back, state=state, code_verifier=verifier)
    again = "given"
except OAuthError as fault:
    again = fault.error

print(
    json.dumps(
        {
            "algorithm": id_token.header["alg"],
            "email": who["email"],
            "username": who["preferred_username"],
            "renewed": is_renewed,
            "code_again": again,
            "goodbye": goodbye.headers["location"],
            "after": after.status_code,
            "sub": id_token.claims["sub"],
            "sid": id_token.claims["sid"],
        }
    )
)
