-- The authenticator app of an account: what it and the server both know, sealed, and the step of the last code that was used.
CREATE TABLE factors (
    user_id TEXT NOT NULL PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
    secret TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    confirmed_at BIGINT,
    last_step BIGINT NOT NULL
);

-- Digests of the recovery codes that were not used yet.
CREATE TABLE recovery_codes (
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    digest TEXT NOT NULL,
    PRIMARY KEY (user_id, digest)
);

-- Logins whose password was right, by the digest of the ticket that stands for it.
CREATE TABLE pending_logins (
    ticket TEXT NOT NULL PRIMARY KEY,
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    password_version BIGINT NOT NULL,
    scopes TEXT,
    expires_at BIGINT NOT NULL,
    tries BIGINT NOT NULL
);
CREATE INDEX pending_logins_of_user ON pending_logins (user_id);
CREATE INDEX pending_logins_ended ON pending_logins (expires_at);
