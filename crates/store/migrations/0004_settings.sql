-- Settings that were changed while the server runs, and the moment when everybody was signed out. Values are JSON.
CREATE TABLE settings (
    name TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL,
    set_at BIGINT NOT NULL,
    set_by TEXT
);
