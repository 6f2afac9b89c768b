"""The journeys of R2R's documents with the client of the third generation, which speaks to /v3.

    python v3.py http://127.0.0.1:7272 mail-folder

The client reads answers into its own models, so a member that they need and that is missing ends the journey.
"""

import sys

from r2r import R2RClient, R2RException

from mailbox import ADMIN, OTHER_PASSWORD, PASSWORD, Mailbox, refused


def accounts(url, letters):
    client = R2RClient(url)
    assert client.system.health().results.message == "ok"

    user = client.users.create("ada@example.com", PASSWORD, name="Ada").results
    assert (user.email, user.name, user.hashed_password) == ("ada@example.com", "Ada", None), user
    assert "already" in refused(R2RException, 400, client.users.create, "ada@example.com", PASSWORD)
    refused(R2RException, 422, client.users.create, "no address", PASSWORD)
    refused(R2RException, 403, client.users.create, "eve@example.com", PASSWORD, is_verified=True)

    mailbox = Mailbox(letters, "ada@example.com")
    assert client.users.verify_email("ada@example.com", mailbox.token("dwv_")).results.message
    sent = client.users.send_verification_email("ada@example.com")
    assert sent == client.users.send_verification_email("nobody@example.com")

    assert "ncorrect" in refused(R2RException, 401, client.users.login, "ada@example.com", OTHER_PASSWORD)
    assert "ncorrect" in refused(R2RException, 401, client.users.login, "eve@example.com", PASSWORD)
    client.users.login("ada@example.com", PASSWORD)
    assert client.users.me().results.is_verified
    first = client.access_token
    assert client.users.refresh_token().results.access_token.token != first

    user = client.users.update(user.id, bio="Counts.", metadata={"team": "blue", "desk": "4"}).results
    assert (user.bio, user.metadata) == ("Counts.", {"team": "blue", "desk": "4"}), user
    assert client.users.update(user.id, metadata={"team": "red", "desk": ""}).results.metadata == {"team": "red"}
    assert client.users.update(user.id, metadata={}).results.metadata == {}
    refused(R2RException, 403, client.users.update, user.id, is_superuser=True)
    assert client.users.retrieve(user.id).results.email == "ada@example.com"

    refused(R2RException, 400, client.users.change_password, "not it", OTHER_PASSWORD)
    assert client.users.change_password(PASSWORD, OTHER_PASSWORD).results.message
    asked = client.users.request_password_reset("ada@example.com")
    assert asked == client.users.request_password_reset("nobody@example.com")
    token = mailbox.token("dwp_")
    assert client.users.reset_password(token, PASSWORD).results.message
    refused(R2RException, 400, client.users.reset_password, token, PASSWORD)
    refused(R2RException, 401, client.users.me)


def keys(url):
    client, program = R2RClient(url), R2RClient(url)
    client.users.login("ada@example.com", PASSWORD)
    me = client.users.me().results.id
    made = client.users.create_api_key(me, name="nightly", description="The backup").results
    assert made.api_key.startswith(made.public_key + ".") and made.name == "nightly", made
    listed = client.users.list_api_keys(me)
    assert listed.total_entries == 1, listed
    assert listed.results[0].public_key == made.public_key and made.api_key not in str(listed), listed

    program.set_api_key(made.api_key)
    assert program.users.me().results.id == me
    program.unset_api_key()
    program.access_token = made.api_key
    assert program.users.me().results.id == me
    program.access_token = made.api_key[:-1]
    refused(R2RException, 401, program.users.me)

    assert client.users.delete_api_key(me, made.key_id).results.success
    refused(R2RException, 404, client.users.delete_api_key, me, made.key_id)
    program.access_token = made.api_key
    refused(R2RException, 401, program.users.me)
    assert client.users.get_limits().results.effective_limits.global_per_min > 0


def superuser(url):
    plain, admin = R2RClient(url), R2RClient(url)
    plain.users.login("ada@example.com", PASSWORD)
    me = plain.users.me().results.id
    refused(R2RException, 403, plain.users.list)
    refused(R2RException, 403, plain.system.status)
    admin.users.login(*ADMIN)
    root = admin.users.me().results.id
    refused(R2RException, 403, plain.users.retrieve, root)
    everybody = admin.users.list()
    assert everybody.total_entries == 2 and len(everybody.results) == 2, everybody
    assert len(admin.users.list(offset=1, limit=1).results) == 1
    assert [user.id for user in admin.users.list(ids=[me]).results] == [me]
    assert admin.users.update(me, name="Countess").results.name == "Countess"
    assert admin.users.update(me, is_superuser=True).results.is_superuser
    assert plain.users.list().total_entries == 2, "the next request has the right"
    assert not admin.users.update(me, is_superuser=False).results.is_superuser
    status = admin.system.status().results
    assert status.uptime_seconds >= 0, status
    assert admin.system.settings().results.config, "settings"
    made = admin.users.create("eve@example.com", PASSWORD, is_verified=True).results
    assert made.is_verified
    assert admin.users.delete(made.id, "").results.success


def end(url):
    client, thief = R2RClient(url), R2RClient(url)
    client.users.login("ada@example.com", PASSWORD)
    thief.access_token, thief._refresh_token = client.access_token, client._refresh_token
    client.users.logout()
    refused(R2RException, 401, thief.users.me)
    refused(R2RException, 401, thief.users.refresh_token)

    client.users.login("ada@example.com", PASSWORD)
    thief.access_token = client.access_token
    me = client.users.me().results.id
    refused(R2RException, 400, client.users.delete, me, OTHER_PASSWORD)
    assert client.users.delete(me, PASSWORD).results.success
    refused(R2RException, 401, thief.users.me)


if __name__ == "__main__":
    accounts(*sys.argv[1:])
    keys(sys.argv[1])
    superuser(sys.argv[1])
    end(sys.argv[1])
    print("done")
