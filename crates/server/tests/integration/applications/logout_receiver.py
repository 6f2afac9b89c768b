"""Takes one logout token as an application does (OpenID Connect Back-Channel Logout 1.0 §2.6) and checks it with joserfc.

Argument: issuer. Prints its own address, then the claims of the token as one line of JSON.
"""

import json
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer
from urllib.parse import parse_qs

import httpx
from joserfc import jwt
from joserfc.jwk import KeySet

issuer = sys.argv[1]
EVENT = "http://schemas.openid.net/event/backchannel-logout"
heard = []


class Receiver(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"])).decode()
        assert self.headers["content-type"] == "application/x-www-form-urlencoded"
        (text,) = parse_qs(body)["logout_token"]
        metadata = httpx.get(f"{issuer}/.well-known/openid-configuration").json()
        assert metadata["backchannel_logout_supported"] and metadata["backchannel_logout_session_supported"]
        keys = KeySet.import_key_set(httpx.get(metadata["jwks_uri"]).json())
        token = jwt.decode(text, keys, algorithms=metadata["id_token_signing_alg_values_supported"])
        assert token.header["typ"] == "logout+jwt", token.header
        registry = jwt.JWTClaimsRegistry(
            iss={"essential": True, "value": issuer},
            aud={"essential": True},
            sub={"essential": True},
            sid={"essential": True},
            iat={"essential": True},
            exp={"essential": True},
            jti={"essential": True},
            events={"essential": True, "value": {EVENT: {}}},
        )
        registry.validate(token.claims)
        assert "nonce" not in token.claims
        heard.append(token.claims)
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_):
        pass


server = HTTPServer(("127.0.0.1", 0), Receiver)
print(f"http://127.0.0.1:{server.server_port}/logged-out", flush=True)
while not heard:
    server.handle_request()
print(json.dumps(heard[0]), flush=True)
