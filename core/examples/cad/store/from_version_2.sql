-- Changes a database of version 2. Keep the result the same as `schema.sql`.
CREATE UNIQUE INDEX communities_by_key ON communities (key_hash);
ALTER TABLE calls ADD COLUMN expires_at INTEGER;
-- Templates now have the numbers of the vendor's documentation.
UPDATE records SET type = CASE type
    WHEN 1 THEN 7 WHEN 2 THEN 5 WHEN 3 THEN 4 WHEN 4 THEN 2 WHEN 5 THEN 3 ELSE 9 END;
