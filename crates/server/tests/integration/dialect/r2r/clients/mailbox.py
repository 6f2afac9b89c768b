"""What a journey needs beside its client: mail that has come, files to send, and refusals that were expected.

The letters lie in the folder that the server was told to put them into. Nothing here knows R2R.
"""

import email
import email.policy
import pathlib
import re
import time

PASSWORD = "correct horse battery"
OTHER_PASSWORD = "staple gun and a lantern"
ADMIN = ("root@example.com", "a password for the first one")


class Mailbox:
    """The letters to one address, each read once."""

    def __init__(self, folder, address):
        self.folder, self.address, self.read = pathlib.Path(folder), address, set()

    def token(self, prefix):
        """The token of the next letter whose link has one that begins with `prefix`."""
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            for path in sorted(self.folder.glob("*.eml")):
                letter = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
                if path.name in self.read or self.address not in letter["to"]:
                    continue
                found = re.search(rf"token=({prefix}[A-Za-z0-9_-]+)", letter.get_body(("plain",)).get_content())
                if found:
                    self.read.add(path.name)
                    return found.group(1)
            time.sleep(0.1)
        raise AssertionError(f"no letter to {self.address} has a token {prefix}…")


def files(folder, **texts):
    """Writes a file for each text, `name="text"` for name.txt; gives their paths."""
    paths = []
    for name, text in texts.items():
        path = pathlib.Path(folder, name + ".txt")
        path.write_text(text)
        paths.append(str(path))
    return paths


def refused(exception, status, call, *arguments, **named):
    """Checks that `call` is refused with `status`; gives what the client makes of the refusal."""
    try:
        answer = call(*arguments, **named)
    except exception as error:
        assert error.status_code == status, (error.status_code, error.message)
        assert error.message and "Traceback" not in error.message, error.message
        return error.message
    raise AssertionError(f"not refused: {answer}")
