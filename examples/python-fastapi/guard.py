"""Guards routes of a FastAPI service with access tokens of Doorward.

Tokens are checked here, without a call: by the published keys, or by the secret that both sides have. What a token does not
show is whether its session has ended since; where that matters at once, see docs/revocations.md.
"""

import os
from functools import cache
from typing import Annotated

import jwt
from fastapi import Depends, HTTPException, status
from fastapi.security import OAuth2PasswordBearer, SecurityScopes
from pydantic import BaseModel

DOORWARD = os.environ.get("DOORWARD_URL", "http://127.0.0.1:7272").rstrip("/")
ISSUER = os.environ.get("ISSUER", DOORWARD)
AUDIENCE = os.environ.get("AUDIENCE") or None
LEEWAY = float(os.environ.get("LEEWAY", "0")) * 60
# With a secret there is one algorithm; without, only those of published keys. A token never chooses between the two kinds.
SECRET = os.environ.get("SECRET_KEY")
ALGORITHMS = ["HS256"] if SECRET else ["EdDSA", "ES256", "RS256"]
TYPE = "at+jwt"

SCOPES = {"read": "Read documents", "write": "Write documents"}
bearer = OAuth2PasswordBearer(tokenUrl=f"{DOORWARD}{os.environ.get('TOKEN_URL', '/token')}", scopes=SCOPES, auto_error=False)


class User(BaseModel):
    user_id: str
    username: str | None = None
    scopes: list[str]
    token: str


@cache
def published_keys() -> jwt.PyJWKClient:
    return jwt.PyJWKClient(f"{DOORWARD}/.well-known/jwks.json", lifespan=300, timeout=5)


def verified(token: str) -> dict:
    """The claims of a token that Doorward has signed for us, and nothing else."""
    if jwt.get_unverified_header(token).get("typ", "").lower() != TYPE:
        raise jwt.InvalidTokenError("not an access token")
    key = SECRET or published_keys().get_signing_key_from_jwt(token)
    return jwt.decode(
        token,
        key,
        algorithms=ALGORITHMS,
        issuer=ISSUER,
        audience=AUDIENCE,
        leeway=LEEWAY,
        options={"require": ["exp", "iat", "iss", "sub"]},
    )


def current_user(needed: SecurityScopes, token: Annotated[str | None, Depends(bearer)]) -> User:
    """The caller. `needed` holds the scopes of the route and of every dependency and router above it."""
    challenge = f'Bearer scope="{needed.scope_str}"' if needed.scopes else "Bearer"

    def refused(code: int, detail: str) -> HTTPException:
        return HTTPException(code, detail, {"WWW-Authenticate": challenge})

    if not token:
        raise refused(status.HTTP_401_UNAUTHORIZED, "Not authenticated")
    try:
        claims = verified(token)
    except jwt.PyJWKClientConnectionError as fault:
        raise HTTPException(status.HTTP_503_SERVICE_UNAVAILABLE, "The keys cannot be fetched") from fault
    except (jwt.PyJWTError, ValueError) as fault:
        raise refused(status.HTTP_401_UNAUTHORIZED, "Could not validate credentials") from fault
    scopes = claims.get("scopes", claims.get("scope", "").split())
    if not set(needed.scopes) <= set(scopes):
        raise refused(status.HTTP_403_FORBIDDEN, "Not enough permissions")
    return User(user_id=claims["sub"], username=claims.get("username"), scopes=scopes, token=token)
