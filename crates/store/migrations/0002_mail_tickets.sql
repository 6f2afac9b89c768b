-- What proves control of an address: a row for each ticket that was sent out. Neither its token nor its code is kept, both are
-- made anew from the id and a key outside the database.
CREATE TABLE tickets (
    id TEXT NOT NULL PRIMARY KEY,
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    purpose TEXT NOT NULL,
    email TEXT NOT NULL,
    email_key TEXT NOT NULL,
    tries BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    code_expires_at BIGINT NOT NULL,
    spent_at BIGINT
);
CREATE UNIQUE INDEX tickets_newest ON tickets (user_id, purpose) WHERE spent_at IS NULL;
CREATE INDEX tickets_of_user ON tickets (user_id);
CREATE INDEX tickets_expiry ON tickets (expires_at);

-- Mail on its way. A row without `user_id` that asks for a ticket was put here by somebody who named an address: whether it has
-- an account is found out when the mail is written, away from the request.
CREATE TABLE mails (
    id TEXT NOT NULL PRIMARY KEY,
    kind TEXT NOT NULL,
    user_id TEXT REFERENCES users (id) ON DELETE CASCADE,
    email TEXT NOT NULL,
    email_key TEXT NOT NULL,
    origin TEXT NOT NULL,
    state TEXT NOT NULL,
    attempts BIGINT NOT NULL,
    last_error TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    due_at BIGINT NOT NULL,
    done_at BIGINT
);
CREATE INDEX mails_due ON mails (due_at) WHERE state = 'waiting';
CREATE INDEX mails_done ON mails (done_at) WHERE done_at IS NOT NULL;
CREATE INDEX mails_of_user ON mails (user_id) WHERE user_id IS NOT NULL;

-- What the application keeps about an account, as `[fields]` of the configuration declares it: a JSON object.
ALTER TABLE users ADD COLUMN fields TEXT NOT NULL DEFAULT '{}';
-- The fields that can be searched by, in normal form.
CREATE TABLE user_fields (
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (user_id, name)
);
CREATE INDEX user_fields_value ON user_fields (name, value, user_id);

-- Accounts that were deleted: their ids are never given again, and other processes learn of their end here.
CREATE TABLE deleted_users (
    id TEXT NOT NULL PRIMARY KEY,
    deleted_at BIGINT NOT NULL
);
CREATE INDEX deleted_users_at ON deleted_users (deleted_at);
