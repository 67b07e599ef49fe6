-- Changes a database of version 2. Keep the result the same as `schema.sql`.
CREATE UNIQUE INDEX communities_by_key ON communities (key_hash);
