-- Changes a database of version 4. Keep the result the same as `schema.sql`.
ALTER TABLE events ADD COLUMN rejections INTEGER NOT NULL DEFAULT 0;
