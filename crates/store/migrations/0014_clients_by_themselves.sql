-- What an application may do by itself, in nobody's name.
ALTER TABLE clients ADD COLUMN own_scopes TEXT NOT NULL DEFAULT '';
-- When it was given its secret: tokens that it was given for itself before count no more.
ALTER TABLE clients ADD COLUMN renewed_at BIGINT NOT NULL DEFAULT 0;
CREATE INDEX clients_renewed_at ON clients (renewed_at);

-- Applications that were removed: other processes learn of their end here.
CREATE TABLE removed_clients (
    id TEXT NOT NULL PRIMARY KEY,
    removed_at BIGINT NOT NULL
);
CREATE INDEX removed_clients_at ON removed_clients (removed_at);
