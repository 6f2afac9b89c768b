-- What an account may do has a version, which grows with each change, and the time of the last one, by which other processes hear of it.
ALTER TABLE users ADD COLUMN rights_version BIGINT NOT NULL DEFAULT 0;
ALTER TABLE users ADD COLUMN rights_at BIGINT;
CREATE INDEX users_rights ON users (rights_at) WHERE rights_at IS NOT NULL;
CREATE INDEX users_disabled ON users (id) WHERE NOT is_active;
CREATE INDEX users_shown_name ON users (lower(name), id) WHERE name IS NOT NULL;

-- NULL: whatever the account may do.
ALTER TABLE sessions ADD COLUMN scopes TEXT;

CREATE TABLE roles (
    name TEXT NOT NULL PRIMARY KEY,
    description TEXT NOT NULL,
    scopes TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);

CREATE TABLE user_roles (
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    role TEXT NOT NULL REFERENCES roles (name) ON DELETE CASCADE,
    given_at BIGINT NOT NULL,
    PRIMARY KEY (user_id, role)
);
CREATE INDEX user_roles_holders ON user_roles (role, user_id);

CREATE TABLE api_keys (
    id TEXT NOT NULL PRIMARY KEY,
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    digest TEXT NOT NULL,
    scopes TEXT,
    created_at BIGINT NOT NULL,
    expires_at BIGINT,
    last_used_at BIGINT,
    revoked_at BIGINT
);
CREATE INDEX api_keys_of_user ON api_keys (user_id, created_at);
CREATE INDEX api_keys_revoked ON api_keys (revoked_at) WHERE revoked_at IS NOT NULL;
