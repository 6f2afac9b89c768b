"""Calls other services in the name of the caller.

The caller's token goes to the listed hosts and to no other: neither when somebody else chooses the address, nor when one of
them redirects. Certificates are verified, as httpx does unless it is told not to.
"""

import os
from typing import Annotated

import httpx
from fastapi import Security

from guard import User, current_user

HOSTS = frozenset(filter(None, os.environ.get("FORWARD_TO", "").split(",")))


class Requestor:
    """Sends requests with the token of one caller."""

    def __init__(self, user: User):
        self._token = user.token

    def request(self, method: str, url: str, **arguments) -> httpx.Response:
        target = httpx.URL(url)
        host = f"{target.host}:{target.port}" if target.port else target.host
        if host not in HOSTS or target.userinfo:
            raise ValueError(f"{host} is not among FORWARD_TO")
        headers = httpx.Headers(arguments.pop("headers", None))
        headers["authorization"] = f"Bearer {self._token}"
        # The caller's session is not lengthened by what services say to each other.
        headers["refresh"] = "false"
        arguments = {"timeout": 5, **arguments, "headers": headers, "follow_redirects": False}
        return httpx.request(method, target, **arguments)

    def get(self, url: str, **arguments) -> httpx.Response:
        return self.request("GET", url, **arguments)

    def post(self, url: str, **arguments) -> httpx.Response:
        return self.request("POST", url, **arguments)


def requestor(user: Annotated[User, Security(current_user)]) -> Requestor:
    return Requestor(user)
