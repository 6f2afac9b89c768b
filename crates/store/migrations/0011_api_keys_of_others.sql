-- What the owner says of a key beside its name, and the id that a key had which was brought along.
ALTER TABLE api_keys ADD COLUMN description TEXT NOT NULL DEFAULT '';
ALTER TABLE api_keys ADD COLUMN former_id TEXT;
