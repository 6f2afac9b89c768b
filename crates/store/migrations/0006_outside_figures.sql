-- Who somebody is elsewhere: the provider's name for them, never an address.
CREATE TABLE identities (
    provider TEXT NOT NULL,
    subject TEXT NOT NULL,
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (provider, subject)
);
CREATE INDEX identities_of_user ON identities (user_id);

-- How far each listener has been told of the audit log, and how often the next line could not be delivered.
CREATE TABLE hook_cursors (
    name TEXT NOT NULL PRIMARY KEY,
    seq BIGINT NOT NULL,
    attempts BIGINT NOT NULL,
    retry_at BIGINT NOT NULL
);

-- What happened on each day (days since 1970): a deed and how it ended, or what was in use.
CREATE TABLE daily_counts (
    day BIGINT NOT NULL,
    name TEXT NOT NULL,
    outcome TEXT NOT NULL,
    count BIGINT NOT NULL,
    PRIMARY KEY (day, name, outcome)
);

-- The sessions in use on the days that are not counted yet: today's, and those of a night when nobody counted.
CREATE TABLE daily_active (
    day BIGINT NOT NULL,
    session_id TEXT NOT NULL,
    user_id TEXT NOT NULL,
    PRIMARY KEY (day, session_id)
);
