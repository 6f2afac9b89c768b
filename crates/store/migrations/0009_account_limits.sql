-- What bounds single accounts otherwise than all the others; an object of names and numbers.
CREATE TABLE account_limits (
    user_id TEXT NOT NULL PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
    limits TEXT NOT NULL
);
