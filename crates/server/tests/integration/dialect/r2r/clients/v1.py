"""The journeys of R2R's documents with the client of the first generation, which speaks to /v1.

    python v1.py http://127.0.0.1:7272 mail-folder
"""

import sys

from r2r import R2RClient, R2RException, UserCreate

from mailbox import ADMIN, OTHER_PASSWORD, PASSWORD, Mailbox, refused


def accounts(url, letters):
    assert UserCreate(email="ada@example.com", password=PASSWORD).email == "ada@example.com"
    client = R2RClient(url)
    assert client.health() == {"response": "ok", "results": {"response": "ok", "message": "ok"}}

    user = client.register("ada@example.com", PASSWORD)["results"]
    assert user["email"] == "ada@example.com" and user["is_active"] and not user["is_superuser"], user
    assert "hashed_password" not in user, user
    assert "already registered" in refused(R2RException, 400, client.register, "ada@example.com", PASSWORD)

    mailbox = Mailbox(letters, "ada@example.com")
    code = mailbox.token("dwv_")
    assert client.verify_email(code)["results"] is True
    assert "expired" in refused(R2RException, 400, client.verify_email, code)

    assert "ncorrect" in refused(R2RException, 401, client.login, "ada@example.com", OTHER_PASSWORD)
    assert "ncorrect" in refused(R2RException, 401, client.login, "eve@example.com", PASSWORD)
    login = client.login("ada@example.com", PASSWORD)
    client.access_token = login["results"]["access_token"]["token"]
    client.refresh_token = login["results"]["refresh_token"]["token"]
    assert client.user()["results"]["is_verified"] is True

    first = client.access_token
    refreshed = client.refresh_access_token()
    client.access_token = refreshed["results"]["access_token"]["token"]
    assert client.access_token != first

    client.update_user({"name": "Ada", "bio": "Counts.", "profile_picture": "https://example.com/ada.png"})
    user = client.user()["results"]
    assert (user["name"], user["bio"]) == ("Ada", "Counts."), user

    assert "ncorrect" in refused(R2RException, 400, client.change_password, "not it", OTHER_PASSWORD)
    assert "message" in client.change_password(PASSWORD, OTHER_PASSWORD)["results"]
    known = client.request_password_reset("ada@example.com")
    assert known == client.request_password_reset("nobody@example.com")
    token = mailbox.token("dwp_")
    assert "message" in client.confirm_password_reset(token, PASSWORD)["results"]
    refused(R2RException, 400, client.confirm_password_reset, token, PASSWORD)
    refused(R2RException, 401, client.user)
    return client


def superuser(url):
    plain, admin = R2RClient(url), R2RClient(url)
    plain.login("ada@example.com", PASSWORD)
    refused(R2RException, 403, plain.users_overview)
    refused(R2RException, 403, plain.server_stats)
    admin.login(*ADMIN)
    users = admin.users_overview()["results"]
    assert {"ada@example.com", ADMIN[0]} <= {user["email"] for user in users}, users
    ada = next(user for user in users if user["email"] == "ada@example.com")
    assert [user["user_id"] for user in admin.users_overview([ada["user_id"]])["results"]] == [ada["id"]]
    stats = admin.server_stats()["results"]
    assert {"start_time", "uptime_seconds", "cpu_usage", "memory_usage"} <= stats.keys(), stats
    assert "config" in admin.app_settings()["results"]


def end(url):
    client, thief = R2RClient(url), R2RClient(url)
    client.login("ada@example.com", PASSWORD)
    thief.access_token, thief._refresh_token = client.access_token, client._refresh_token
    assert "message" in client.logout()["results"]
    refused(R2RException, 401, thief.user)
    refused(R2RException, 401, thief.refresh_access_token)

    client.login("ada@example.com", PASSWORD)
    thief.access_token = client.access_token
    refused(R2RException, 400, client.delete_user, OTHER_PASSWORD)
    assert "message" in client.delete_user(PASSWORD)["results"]
    refused(R2RException, 401, thief.user)
    refused(R2RException, 401, client.login, "ada@example.com", PASSWORD)


if __name__ == "__main__":
    accounts(*sys.argv[1:])
    superuser(sys.argv[1])
    end(sys.argv[1])
    print("done")
