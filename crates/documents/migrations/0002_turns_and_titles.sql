-- Whose turn a document is among those that wait, and until when somebody has it who reads it in.
ALTER TABLE documents ADD COLUMN turn BIGINT NOT NULL DEFAULT 0;
ALTER TABLE documents ADD COLUMN leased_until BIGINT NOT NULL DEFAULT 0;

DROP INDEX documents_at_work;
CREATE INDEX documents_at_work ON documents (turn, no) WHERE state IN ('pending', 'parsing', 'indexing');
CREATE INDEX documents_at_work_of ON documents (owner_no, turn) WHERE state IN ('pending', 'parsing', 'indexing');

-- A chunk is found by its text, a document by its title; the mark of the owner stands in both. What changes of a document (its
-- title, its collections) is in no entry of a chunk. The index is made anew after this.
DROP TABLE IF EXISTS found;
DROP VIEW searchable;
CREATE VIEW searchable AS
SELECT chunks.no AS no, chunks.text AS text, 'o' || documents.owner_no AS scope
FROM chunks JOIN documents ON documents.no = chunks.document;
CREATE VIEW titles AS
SELECT no, title, 'o' || owner_no AS scope FROM documents WHERE NOT is_deleted;
DELETE FROM notes WHERE name = 'language';
