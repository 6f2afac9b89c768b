"""The journeys of R2R's documents with the clients of the second generation, which speak to /v2.

    python v2.py http://127.0.0.1:7272 mail-folder

Where its members differ between the early and the late releases, the client at hand is asked.
"""

import asyncio
import sys
import tempfile

from r2r import R2RClient

try:
    from shared.abstractions import R2RException
except ImportError:
    from sdk.models import R2RException

from mailbox import ADMIN, OTHER_PASSWORD, PASSWORD, Mailbox, files, refused

IS_EARLY = not hasattr(R2RClient, "send_reset_email")


def accounts(url, letters):
    client = R2RClient(url)
    assert client.health()["results"]["response"] == "ok"

    user = client.register("ada@example.com", PASSWORD)["results"]
    assert user["email"] == "ada@example.com" and user["collection_ids"] == user["group_ids"] == [], user
    assert "hashed_password" not in user, user
    assert "already exists" in refused(R2RException, 400, client.register, "ada@example.com", PASSWORD)
    mailbox = Mailbox(letters, "ada@example.com")
    assert "message" in client.verify_email(mailbox.token("dwv_"))["results"]

    assert "ncorrect" in refused(R2RException, 401, client.login, "ada@example.com", OTHER_PASSWORD)
    assert "ncorrect" in refused(R2RException, 401, client.login, "eve@example.com", PASSWORD)
    client.login("ada@example.com", PASSWORD)
    user = client.user()["results"]
    assert user["is_verified"] is True
    first = client.access_token
    client.refresh_access_token()
    assert client.access_token != first

    if IS_EARLY:
        client.update_user(name="Ada", bio="Counts.")
    else:
        client.update_user(user["id"], name="Ada", bio="Counts.")
        refused(R2RException, 403, client.update_user, user["id"], is_superuser=True)
        client.login_with_token(client.access_token)
    assert client.user()["results"]["name"] == "Ada"

    refused(R2RException, 400, client.change_password, "not it", OTHER_PASSWORD)
    assert "message" in client.change_password(PASSWORD, OTHER_PASSWORD)["results"]
    assert client.request_password_reset("ada@example.com") == client.request_password_reset("no@example.com")
    token = mailbox.token("dwp_")
    assert "message" in client.confirm_password_reset(token, PASSWORD)["results"]
    refused(R2RException, 400, client.confirm_password_reset, token, PASSWORD)
    refused(R2RException, 401, client.user)
    if not IS_EARLY:
        answer = client.send_reset_email("ada@example.com")["results"]
        assert "verification_code" not in answer, answer


def again(url, email, password):
    client = R2RClient(url)
    client.login(email, password)
    return client


def documents(url):
    ada, eve, admin = R2RClient(url), R2RClient(url), R2RClient(url)
    ada.login("ada@example.com", PASSWORD)
    other = eve.register("eve@example.com", PASSWORD)["results"]["id"]
    eve.login("eve@example.com", PASSWORD)
    admin.login(*ADMIN)
    with tempfile.TemporaryDirectory() as folder:
        paths = files(folder, lyceum="Aristotle founded the Lyceum in Athens.", stoa="Zeno taught in a painted porch.")
        done = ada.ingest_files(paths, metadatas=[{"year": 335}, {"title": "The Stoa"}])["results"]
        if IS_EARLY:
            done = done["processed_documents"]
            id = done[0]["id"]
        else:
            id = done[0]["document_id"]
        assert len(done) == 2, done
        refused(R2RException, 409, ada.ingest_files, paths[:1])

    listed = ada.documents_overview()
    assert listed["total_entries"] == 2, listed
    lyceum = next(document for document in listed["results"] if document["id"] == id)
    assert lyceum["ingestion_status"] == lyceum["status"] == "success", lyceum
    assert eve.documents_overview()["results"] == [] and admin.documents_overview()["total_entries"] == 2
    chunks = ada.document_chunks(id)["results"]
    assert "Aristotle" in chunks[0]["text"], chunks
    refused(R2RException, 404, eve.document_chunks, id)

    hits = ada.search("Lyceum")["results"]["vector_search_results"]
    assert hits and hits[0]["document_id"] == id and "Lyceum" in hits[0]["text"], hits
    assert eve.search("Lyceum")["results"]["vector_search_results"] == []
    answer = ada.rag("Who founded the Lyceum?")["results"]
    assert "Aristotle" in answer["completion"]["choices"][0]["message"]["content"], answer
    told = "".join(str(part) for part in ada.rag("Who founded the Lyceum?", rag_generation_config={"stream": True}))
    assert "<search>" in told and "Aristotle" in told.split("<completion>")[1], told
    if IS_EARLY:
        # The early client closes the loop it streams on, which is the one it does everything else on.
        asyncio.set_event_loop(asyncio.new_event_loop())
        ada, eve, admin = [again(url, *who) for who in [("ada@example.com", PASSWORD), ("eve@example.com", PASSWORD), ADMIN]]

    if IS_EARLY:
        shared = ada.create_group("Philosophers", "Their schools")["results"]["group_id"]
        ada.assign_document_to_group(id, shared)
        refused(R2RException, 404, eve.add_user_to_group, other, shared)
        ada.add_user_to_group(other, shared)
        assert len(ada.get_users_in_group(shared)["results"]) == 2
        leave = eve.remove_user_from_group
    else:
        shared = ada.create_collection("Philosophers", "Their schools")["results"]["collection_id"]
        ada.assign_document_to_collection(id, shared)
        refused(R2RException, 404, eve.add_user_to_collection, other, shared)
        ada.add_user_to_collection(other, shared)
        assert len(ada.get_users_in_collection(shared)["results"]) == 2
        leave = eve.remove_user_from_collection
    assert [hit["document_id"] for hit in eve.search("Lyceum")["results"]["vector_search_results"]] == [id]
    leave(other, shared)
    assert eve.search("Lyceum")["results"]["vector_search_results"] == []

    by_id = {"document_id": {"$eq": id}}
    refused(R2RException, 404, eve.delete, by_id)
    ada.delete(by_id)
    assert ada.documents_overview()["total_entries"] == 1
    eve.delete_user(other, PASSWORD)


def superuser(url):
    plain, admin = R2RClient(url), R2RClient(url)
    plain.login("ada@example.com", PASSWORD)
    refused(R2RException, 403, plain.users_overview)
    admin.login(*ADMIN)
    overview = admin.users_overview(offset=0, limit=100)
    assert overview["total_entries"] == 2, overview
    ada = next(user for user in overview["results"] if user["email"] == "ada@example.com")
    named = admin.users_overview(user_ids=[ada["user_id"]])["results"]
    assert [user["user_id"] for user in named] == [ada["user_id"]], named
    if not IS_EARLY:
        data = admin.get_user_verification_code(ada["user_id"])["results"]
        assert data["verification_code"] is None, data
        refused(R2RException, 403, plain.get_user_verification_code, ada["user_id"])
    assert "uptime_seconds" in admin.server_stats()["results"]
    assert "config" in admin.app_settings()["results"]


def end(url):
    client, thief = R2RClient(url), R2RClient(url)
    client.login("ada@example.com", PASSWORD)
    thief.access_token, thief._refresh_token = client.access_token, client._refresh_token
    if IS_EARLY:
        thief.async_client.access_token = client.access_token
        thief.async_client._refresh_token = client._refresh_token
    client.logout()
    refused(R2RException, 401, thief.user)
    refused(R2RException, 401, thief.refresh_access_token)

    client.login("ada@example.com", PASSWORD)
    me = client.user()["results"]["id"]
    refused(R2RException, 400, client.delete_user, me, OTHER_PASSWORD)
    refused(R2RException, 422, client.delete_user, me)
    client.delete_user(me, PASSWORD)
    refused(R2RException, 401, client.user)

    eve = R2RClient(url)
    other = eve.register("eve@example.com", PASSWORD)["results"]["id"]
    admin = R2RClient(url)
    admin.login(*ADMIN)
    admin.delete_user(other)
    refused(R2RException, 401, eve.login, "eve@example.com", PASSWORD)


if __name__ == "__main__":
    accounts(*sys.argv[1:])
    documents(sys.argv[1])
    superuser(sys.argv[1])
    end(sys.argv[1])
    print("done")
