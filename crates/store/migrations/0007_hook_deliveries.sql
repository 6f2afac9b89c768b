-- When each listener last took what it was told, when it last did not, and why.
ALTER TABLE hook_cursors ADD COLUMN told_at BIGINT;
ALTER TABLE hook_cursors ADD COLUMN failed_at BIGINT;
ALTER TABLE hook_cursors ADD COLUMN last_error TEXT NOT NULL DEFAULT '';
