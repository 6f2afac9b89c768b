"""The journeys of R2R's documents with the client of the first generation, which speaks to /v1.

    python v1.py http://127.0.0.1:7272 mail-folder
"""

import sys
import tempfile

from r2r import R2RClient, R2RException, UserCreate

from mailbox import ADMIN, OTHER_PASSWORD, PASSWORD, Mailbox, files, refused


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


def documents(url):
    ada, eve, admin = R2RClient(url), R2RClient(url), R2RClient(url)
    ada.login("ada@example.com", PASSWORD)
    eve.register("eve@example.com", PASSWORD)
    eve.login("eve@example.com", PASSWORD)
    admin.login(*ADMIN)
    me = ada.user()["results"]["id"]
    with tempfile.TemporaryDirectory() as folder:
        paths = files(folder, lyceum="Aristotle founded the Lyceum in Athens.", stoa="Zeno taught in a painted porch.")
        done = ada.ingest_files(paths, metadatas=[{"year": 335}, {"title": "The Stoa"}])["results"]
        assert len(done["processed_documents"]) == 2 and "lyceum.txt" in done["processed_documents"][0], done
        assert done["failed_documents"] == done["skipped_documents"] == [], done
        assert "already" in refused(R2RException, 409, ada.ingest_files, paths[:1])
        refused(R2RException, 403, eve.ingest_files, paths[:1], metadatas=[{"user_id": me}])
        unknown = tempfile.NamedTemporaryFile(dir=folder, suffix=".xyz")
        unknown.write(bytes(range(256)))
        unknown.flush()
        refused(R2RException, 415, ada.ingest_files, [unknown.name])
        eve.ingest_files(paths[:1])

    listed = ada.documents_overview()["results"]
    assert {document["title"] for document in listed} == {"lyceum.txt", "The Stoa"}, listed
    lyceum = next(document for document in listed if document["title"] == "lyceum.txt")
    assert (lyceum["status"], lyceum["version"], lyceum["user_id"]) == ("success", "v0", me), lyceum
    assert lyceum["metadata"]["year"] == 335, lyceum
    id = lyceum["document_id"]
    assert [document["document_id"] for document in ada.documents_overview(document_ids=[id])["results"]] == [id]
    refused(R2RException, 403, eve.documents_overview, user_ids=[me])
    assert eve.documents_overview(document_ids=[id])["results"] == []
    assert len(admin.documents_overview(user_ids=[me])["results"]) == 2 and admin.documents_overview()["results"] == []

    assert "Aristotle" in ada.document_chunks(id)["results"][0]["text"]
    refused(R2RException, 404, eve.document_chunks, id)
    hits = ada.search("Lyceum")["results"]["vector_search_results"]
    assert hits and hits[0]["metadata"]["document_id"] == id and "Lyceum" in hits[0]["metadata"]["text"], hits
    assert eve.search("porch")["results"]["vector_search_results"] == []
    wished = {"search_filters": {"user_id": {"$eq": me}}}
    assert eve.search("porch", vector_search_settings=wished)["results"]["vector_search_results"] == []
    answer = ada.rag("Who founded the Lyceum?")["results"]
    assert "Aristotle" in answer["completion"]["choices"][0]["message"]["content"], answer
    assert answer["search_results"]["vector_search_results"], answer

    overview = {user["user_id"]: user for user in admin.users_overview()["results"]}
    assert overview[me]["num_files"] == 2 and id in overview[me]["document_ids"], overview
    refused(R2RException, 404, eve.delete, ["document_id"], [id])
    assert "deleted" in str(ada.delete(["document_id"], [id])["results"])
    assert ada.search("Lyceum")["results"]["vector_search_results"] == []
    eve.delete_user(PASSWORD)


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
    documents(sys.argv[1])
    superuser(sys.argv[1])
    end(sys.argv[1])
    print("done")
