"""A mail server that keeps nothing: prints its port, and a line of JSON for each mail it takes.

Arguments: the port (0 for a free one), then perhaps a certificate and a key (STARTTLS and a login are required then).
"""

import asyncio
import json
import ssl
import sys

from aiosmtpd.smtp import SMTP, AuthResult


class Sink:
    async def handle_DATA(self, server, session, envelope):
        mail = {
            "from": envelope.mail_from,
            "to": envelope.rcpt_tos,
            "is_tls": session.ssl is not None,
            "is_signed_in": session.authenticated is True,
            "content": envelope.content.decode(),
        }
        print(json.dumps(mail), flush=True)
        return "250 taken"


def authenticate(server, session, envelope, mechanism, data):
    return AuthResult(success=(data.login, data.password) == (b"doorward", b"secret of the mail server"))


async def main():
    port, *files = sys.argv[1:]
    options = {}
    if files:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(*files)
        options = dict(
            tls_context=context, require_starttls=True, auth_required=True, authenticator=authenticate
        )
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: SMTP(Sink(), **options), "127.0.0.1", int(port))
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


asyncio.run(main())
