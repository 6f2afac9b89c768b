-- A chunk that was brought from another database gets its words after its row.
ALTER TABLE chunks ALTER COLUMN found SET DEFAULT CAST('' AS TSVECTOR);
