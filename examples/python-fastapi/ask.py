"""What a token is worth, asked by a client that knows OAuth 2.0 and nothing of the server (Authlib).

    python ask.py http://127.0.0.1:7272 dwk_… $TOKEN          # prints the answer (RFC 7662)
    python ask.py http://127.0.0.1:7272 dwk_… $TOKEN --end    # ends the token first (RFC 7009)

Where to ask is in the server's metadata (RFC 8414). The key is one of an account that holds the scope `admin:introspection`.
"""

import json
import sys

import httpx
from authlib.integrations.httpx_client import OAuth2Client


def main(server: str, key: str, token: str, *more: str) -> None:
    metadata = httpx.get(f"{server}/.well-known/oauth-authorization-server").raise_for_status().json()
    # The name is the service's own affair.
    client = OAuth2Client(client_id="reports", client_secret=key, token_endpoint_auth_method="client_secret_basic")
    if "--end" in more:
        client.revoke_token(metadata["revocation_endpoint"], token=token).raise_for_status()
    answer = client.introspect_token(metadata["introspection_endpoint"], token=token)
    answer.raise_for_status()
    print(json.dumps(answer.json()))


if __name__ == "__main__":
    main(*sys.argv[1:])
