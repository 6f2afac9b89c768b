-- The audit log becomes a chain: `digest` covers the line and the digest of the line before it. What is personal is covered by its
-- salted digest alone, so that `salt`, `address` and `detail` can be deleted and the chain holds. The lines of the older table are
-- linked by the program that takes this step.

ALTER TABLE audit RENAME TO audit_unlinked;
DROP INDEX audit_about;

CREATE TABLE audit (
    seq BIGINT NOT NULL PRIMARY KEY,
    digest TEXT NOT NULL,
    id TEXT NOT NULL,
    at BIGINT NOT NULL,
    deed TEXT NOT NULL,
    outcome TEXT NOT NULL,
    actor TEXT,
    subject TEXT,
    request_id TEXT NOT NULL,
    personal TEXT NOT NULL,
    salt TEXT,
    address TEXT,
    detail TEXT
);
CREATE INDEX audit_about ON audit (subject, seq) WHERE subject IS NOT NULL;
CREATE INDEX audit_by ON audit (actor, seq) WHERE actor IS NOT NULL;
CREATE INDEX audit_at ON audit (at);

-- `name` is `kept` for the line before the first that is kept, or the day (days since 1970) whose last known line it is.
CREATE TABLE audit_checkpoints (
    name TEXT NOT NULL PRIMARY KEY,
    seq BIGINT NOT NULL,
    digest TEXT NOT NULL,
    at BIGINT NOT NULL,
    mac TEXT NOT NULL
);
