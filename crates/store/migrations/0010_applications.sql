-- Applications that people sign in to with their account here (OAuth 2.1).
CREATE TABLE clients (
    id TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    -- Digest of its secret; none for an application that can keep none.
    secret_digest TEXT,
    -- Addresses separated by blanks.
    redirect_uris TEXT NOT NULL,
    post_logout_uris TEXT NOT NULL,
    scopes TEXT NOT NULL,
    is_trusted BOOLEAN NOT NULL,
    created_at BIGINT NOT NULL
);

-- What people have let applications have.
CREATE TABLE consents (
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    client_id TEXT NOT NULL REFERENCES clients (id) ON DELETE CASCADE,
    scopes TEXT NOT NULL,
    given_at BIGINT NOT NULL,
    PRIMARY KEY (user_id, client_id)
);
CREATE INDEX consents_of_client ON consents (client_id);

-- Codes on their way through browsers. Each hangs on the session of the browser; used ones are kept a while, to know one that
-- comes again.
CREATE TABLE codes (
    digest TEXT NOT NULL PRIMARY KEY,
    client_id TEXT NOT NULL REFERENCES clients (id) ON DELETE CASCADE,
    session_id TEXT NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
    redirect_uri TEXT NOT NULL,
    challenge TEXT NOT NULL,
    nonce TEXT,
    scopes TEXT NOT NULL,
    expires_at BIGINT NOT NULL,
    -- The session that was given for it.
    given_id TEXT
);
CREATE INDEX codes_of_client ON codes (client_id);
CREATE INDEX codes_of_session ON codes (session_id);
CREATE INDEX codes_expires_at ON codes (expires_at);

-- The application that a session was given to; none for those of their owners.
ALTER TABLE sessions ADD COLUMN client_id TEXT;
CREATE INDEX sessions_of_client ON sessions (client_id) WHERE client_id IS NOT NULL;
