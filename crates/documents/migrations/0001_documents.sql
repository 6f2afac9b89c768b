-- Whoever has, or had, documents. The short number stands in the search index; the counts are kept by every change of what
-- they count; a forgotten owner never gets a document again.
CREATE TABLE owners (
  no INTEGER PRIMARY KEY,
  account TEXT NOT NULL UNIQUE,
  documents BIGINT NOT NULL DEFAULT 0,
  bytes BIGINT NOT NULL DEFAULT 0,
  chunks BIGINT NOT NULL DEFAULT 0,
  is_forgotten BOOLEAN NOT NULL DEFAULT FALSE
);

-- `version` is the newest source, `indexed` the one whose chunks are read and searched: 0 while there is none. What other
-- versions and deleted documents leave behind (`has_remains`) is swept later, bit by bit.
CREATE TABLE documents (
  no INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL UNIQUE,
  owner TEXT NOT NULL,
  owner_no BIGINT NOT NULL REFERENCES owners (no),
  name TEXT NOT NULL,
  title TEXT NOT NULL,
  media_type TEXT NOT NULL,
  form TEXT NOT NULL,
  digest TEXT NOT NULL,
  size BIGINT NOT NULL,
  metadata TEXT NOT NULL,
  version BIGINT NOT NULL,
  indexed BIGINT NOT NULL,
  chunks BIGINT NOT NULL,
  state TEXT NOT NULL,
  reason TEXT,
  done BIGINT NOT NULL,
  attempts BIGINT NOT NULL,
  embedded_with TEXT,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  is_deleted BOOLEAN NOT NULL DEFAULT FALSE,
  has_remains BOOLEAN NOT NULL DEFAULT FALSE
);

CREATE INDEX documents_by_owner ON documents (owner, no);
CREATE INDEX documents_by_digest ON documents (owner, digest);
CREATE INDEX documents_by_name ON documents (owner, name);
CREATE INDEX documents_at_work ON documents (state, no) WHERE state IN ('pending', 'parsing', 'indexing');
CREATE INDEX documents_to_sweep ON documents (no) WHERE has_remains;

CREATE TABLE sources (
  document BIGINT PRIMARY KEY REFERENCES documents (no) ON DELETE CASCADE,
  content BLOB NOT NULL
);

CREATE TABLE chunks (
  no INTEGER PRIMARY KEY,
  document BIGINT NOT NULL REFERENCES documents (no),
  version BIGINT NOT NULL,
  place BIGINT NOT NULL,
  text TEXT NOT NULL
);

CREATE UNIQUE INDEX chunks_in_order ON chunks (document, version, place);

CREATE TABLE vectors (
  chunk BIGINT PRIMARY KEY REFERENCES chunks (no) ON DELETE CASCADE,
  vector BLOB NOT NULL
);

CREATE TABLE collections (
  no INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL UNIQUE,
  owner TEXT NOT NULL,
  name TEXT NOT NULL,
  description TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL
);

CREATE TABLE members (
  collection BIGINT NOT NULL REFERENCES collections (no) ON DELETE CASCADE,
  account TEXT NOT NULL,
  role TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  PRIMARY KEY (collection, account)
) WITHOUT ROWID;

CREATE INDEX members_by_account ON members (account, collection);

CREATE TABLE placements (
  collection BIGINT NOT NULL REFERENCES collections (no) ON DELETE CASCADE,
  document BIGINT NOT NULL REFERENCES documents (no) ON DELETE CASCADE,
  PRIMARY KEY (collection, document)
) WITHOUT ROWID;

CREATE INDEX placements_by_document ON placements (document, collection);

-- What a chunk is found by. `scope` names its owner and its collections: with it, a search walks what its caller may read
-- instead of all that matches.
CREATE VIEW searchable AS
SELECT chunks.no AS no, chunks.text AS text, documents.title AS title,
  'o' || documents.owner_no || coalesce(
    (SELECT group_concat(' c' || placements.collection, '') FROM placements
     WHERE placements.document = documents.no), '') AS scope,
  chunks.document AS document
FROM chunks JOIN documents ON documents.no = chunks.document;

-- How far others were followed, and what the index was made with.
CREATE TABLE notes (name TEXT PRIMARY KEY, value TEXT NOT NULL);
