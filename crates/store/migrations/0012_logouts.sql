-- Where an application is told that what it was given has ended (OpenID Connect Back-Channel Logout).
ALTER TABLE clients ADD COLUMN logout_uri TEXT;

-- The login in a browser that an application was given the session in, and when that login was.
ALTER TABLE sessions ADD COLUMN login_id TEXT;
ALTER TABLE sessions ADD COLUMN signed_in_at BIGINT;
CREATE INDEX sessions_of_login ON sessions (login_id) WHERE login_id IS NOT NULL;

-- What applications still have to be told: a row for each session that has ended. The session and its account may be gone.
CREATE TABLE logouts (
    session_id TEXT NOT NULL PRIMARY KEY,
    user_id TEXT NOT NULL,
    client_id TEXT NOT NULL REFERENCES clients (id) ON DELETE CASCADE,
    ended_at BIGINT NOT NULL,
    due_at BIGINT NOT NULL
);
CREATE INDEX logouts_due_at ON logouts (due_at);
CREATE INDEX logouts_of_client ON logouts (client_id, due_at);
