"""The journeys of R2R's documents with the client of the third generation, which speaks to /v3.

    python v3.py http://127.0.0.1:7272 mail-folder

The client reads answers into its own models, so a member that they need and that is missing ends the journey.
"""

import sys
import tempfile

from r2r import R2RClient, R2RException

from mailbox import ADMIN, OTHER_PASSWORD, PASSWORD, Mailbox, files, refused


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


def documents(url):
    ada, eve, admin = R2RClient(url), R2RClient(url), R2RClient(url)
    ada.users.login("ada@example.com", PASSWORD)
    other = eve.users.create("eve@example.com", PASSWORD).results.id
    eve.users.login("eve@example.com", PASSWORD)
    admin.users.login(*ADMIN)
    with tempfile.TemporaryDirectory() as folder:
        [path] = files(folder, lyceum="Aristotle founded the Lyceum in Athens.")
        made = ada.documents.create(file_path=path, metadata={"year": 335}).results
        assert made.document_id and made.message, made
        refused(R2RException, 409, ada.documents.create, file_path=path)
    id = made.document_id
    ada.documents.create(raw_text="Zeno taught in a painted porch.", metadata={"title": "The Stoa"})
    ada.documents.create(chunks=["Plato walked in the groves of Akademos.", "He wrote dialogues."])

    listed = ada.documents.list()
    assert listed.total_entries == 3 and len(listed.results) == 3, listed
    lyceum = ada.documents.retrieve(id).results
    assert (lyceum.title, lyceum.metadata, lyceum.ingestion_status.value) == ("lyceum.txt", {"year": 335}, "success"), lyceum
    assert "Aristotle" in ada.documents.list_chunks(id).results[0].text
    assert ada.documents.download(id).read() == b"Aristotle founded the Lyceum in Athens."
    for call in [eve.documents.retrieve, eve.documents.list_chunks, eve.documents.download, eve.documents.delete]:
        refused(R2RException, 404, call, id)
    assert eve.documents.list().results == [] and admin.documents.list().total_entries == 3

    hits = ada.retrieval.search("Lyceum").results.chunk_search_results
    assert hits[0].document_id == lyceum.id and "Lyceum" in hits[0].text, hits
    assert eve.retrieval.search("Lyceum").results.chunk_search_results == []
    dated = {"filters": {"year": {"$gt": 400}}}
    assert ada.retrieval.search("Lyceum", search_settings=dated).results.chunk_search_results == []
    answer = ada.retrieval.rag("Who founded the Lyceum?").results
    assert "Aristotle" in answer.generated_answer and answer.citations[0].payload["document_id"] == str(id), answer
    events = list(ada.retrieval.rag("Who founded the Lyceum?", rag_generation_config={"stream": True}))
    names = [event.event for event in events if event]
    assert names[0] == "search_results" and "message" in names and names[-1] == "final_answer", names
    assert "Aristotle" in events[-2].data.generated_answer, events

    shared = ada.collections.create("Philosophers", "Their schools").results.id
    ada.collections.add_document(shared, id)
    for add in [lambda: eve.users.add_to_collection(other, shared), lambda: eve.collections.add_user(shared, other)]:
        refused(R2RException, 404, add)
    assert ada.collections.add_user(shared, other).results.success
    assert {str(user.id) for user in ada.collections.list_users(shared).results} == {str(other), str(lyceum.owner_id)}
    assert [document.id for document in eve.collections.list_documents(shared).results] == [lyceum.id]
    assert [collection.id for collection in eve.users.list_collections(other).results] == [shared]
    assert eve.retrieval.search("Lyceum").results.chunk_search_results[0].document_id == lyceum.id
    assert ada.collections.remove_user(shared, other).results.success
    assert eve.retrieval.search("Lyceum").results.chunk_search_results == []

    me = ada.users.me().results
    assert me.num_files == 3 and lyceum.id in me.document_ids and me.collection_ids == [shared], me
    assert ada.documents.delete(id).results.success
    refused(R2RException, 404, ada.documents.retrieve, id)
    limits = ada.users.get_limits().results.storage_limits.documents
    assert limits.used == 2 and limits.remaining == limits.limit - 2, limits
    assert eve.users.delete(other, PASSWORD).results.success


def keys(url):
    client, program = R2RClient(url), R2RClient(url)
    client.users.login("ada@example.com", PASSWORD)
    me = client.users.me().results.id
    made = client.users.create_api_key(me, name="nightly", description="The backup").results
    assert made.api_key.startswith(made.public_key + ".") and made.name == "nightly", made
    listed = client.users.list_api_keys(me)
    assert listed.total_entries == 1, listed
    assert listed.results[0].name == "nightly" and listed.results[0].description == "The backup", listed
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
    documents(sys.argv[1])
    keys(sys.argv[1])
    superuser(sys.argv[1])
    end(sys.argv[1])
    print("done")
