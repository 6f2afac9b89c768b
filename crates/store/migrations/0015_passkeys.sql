-- Keys on people's devices that they sign in with.
CREATE TABLE passkeys (
    id TEXT NOT NULL PRIMARY KEY,
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    -- What the device calls it.
    handle TEXT NOT NULL,
    -- The public key and what was said of it.
    credential TEXT NOT NULL,
    counter BIGINT NOT NULL,
    is_backed_up BOOLEAN NOT NULL,
    created_at BIGINT NOT NULL,
    last_used_at BIGINT
);
CREATE UNIQUE INDEX passkeys_handle ON passkeys (handle);
CREATE INDEX passkeys_of_user ON passkeys (user_id);

-- Challenges that wait for an answer; one that was answered is gone.
CREATE TABLE passkey_challenges (
    digest TEXT NOT NULL PRIMARY KEY,
    -- The session a passkey is to be added in; none for a login.
    session_id TEXT REFERENCES sessions (id) ON DELETE CASCADE,
    state TEXT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX passkey_challenges_of_session ON passkey_challenges (session_id);
CREATE INDEX passkey_challenges_expires_at ON passkey_challenges (expires_at);
