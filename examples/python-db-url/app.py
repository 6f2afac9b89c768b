"""A service that lets in whoever has a token of a session that lives: `PORT=8001 python app.py`."""

import json
import os
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from guard import Refused, Unknown, claims_of


class Service(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        scheme, _, token = self.headers.get("Authorization", "").partition(" ")
        try:
            claims = claims_of(token if scheme.lower() == "bearer" else "")
        except Refused:
            return self.answer(401, {"detail": "Could not validate credentials"}, {"WWW-Authenticate": "Bearer"})
        except Unknown:
            return self.answer(503, {"detail": "Try again in a moment"}, {"Retry-After": "1"})
        self.answer(200, {"user": claims["sub"]}, {})

    def answer(self, status: int, body: dict, headers: dict) -> None:
        content = json.dumps(body).encode()
        self.send_response(status)
        for name, value in ({"Content-Type": "application/json", "Content-Length": str(len(content))} | headers).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        pass


if __name__ == "__main__":
    server = ThreadingHTTPServer(("127.0.0.1", int(os.environ.get("PORT", "8001"))), Service)
    print(f"listens on http://127.0.0.1:{server.server_port}", flush=True)
    server.serve_forever()
