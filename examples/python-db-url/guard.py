"""Guards a service that knows DB_URL and a key, and nothing else of Doorward (`[cache] mirror_sessions = true`).

A token is checked here; whether its session still lives is looked up in the picture that Doorward keeps in the memory database. If
nobody sees to the picture, nobody is let in. The keys are described in docs/cache.md.
"""

import json
import os
from uuid import UUID

import jwt
import redis

PREFIX = os.environ.get("CACHE_PREFIX", "doorward:")
ISSUER = os.environ["ISSUER"]
AUDIENCE = os.environ.get("AUDIENCE") or None
LEEWAY = float(os.environ.get("LEEWAY", "0")) * 60
# A secret for HS256, or the public key as PEM. A token never chooses between the two kinds.
SECRET, PUBLIC_KEY = os.environ.get("SECRET_KEY"), os.environ.get("PUBLIC_KEY")
ALGORITHMS = ["HS256"] if SECRET else ["EdDSA", "ES256", "RS256"]

cache = redis.Redis.from_url(os.environ["DB_URL"], socket_timeout=1, socket_connect_timeout=1, decode_responses=True)


class Refused(Exception):
    """The token does not count: 401."""


class Unknown(Exception):
    """Whether it counts cannot be said now: 503."""


def moment(uuid: str) -> int:
    """When an id was made, in milliseconds since 1970: ids are UUIDs of version 7."""
    return UUID(uuid).int >> 80


def claims_of(token: str) -> dict:
    """The claims of a token that Doorward has signed for us and whose session lives."""
    try:
        if jwt.get_unverified_header(token).get("typ", "").lower() != "at+jwt":
            raise Refused
        claims = jwt.decode(
            token,
            SECRET or PUBLIC_KEY,
            algorithms=ALGORITHMS,
            issuer=ISSUER,
            audience=AUDIENCE,
            leeway=LEEWAY,
            options={"require": ["exp", "iat", "iss", "sub", "jti", "sid"]},
        )
    except jwt.InvalidTokenError:
        raise Refused from None
    if not is_alive(claims, moment(claims["jti"])):
        raise Refused
    return claims


def is_alive(claims: dict, given_at: int) -> bool:
    """Whether the picture shows the session, and counts tokens like this one that were given at this moment."""
    user, session = claims["sub"], claims["sid"]
    try:
        state = cache.get(f"{PREFIX}mirror")
        shown, since = cache.mget(f"{PREFIX}session:{{{user}}}:{session}", f"{PREFIX}since:{{{user}}}")
    except redis.RedisError:
        raise Unknown from None
    if state is None:
        raise Unknown
    for_all = json.loads(state)
    was_signed_out = moment(session) <= for_all.get("everybody_until", -1) and session != for_all.get("but")
    if was_signed_out or any(given_at < for_all["scopes"].get(scope, 0) for scope in claims.get("scope", "").split()):
        return False
    return shown is not None and given_at >= max(int(shown), int(since or 0))
