-- Other names of accounts, for clients of other systems: one of each kind at most.
CREATE TABLE user_aliases (
    kind TEXT NOT NULL,
    alias TEXT NOT NULL,
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    PRIMARY KEY (kind, alias)
);
CREATE UNIQUE INDEX user_aliases_of ON user_aliases (user_id, kind);

-- The last number that was given out under each name: none is given twice, whatever is deleted.
CREATE TABLE sequences (
    name TEXT NOT NULL PRIMARY KEY,
    last BIGINT NOT NULL
);
INSERT INTO sequences (name, last) VALUES ('user_number', 0);
