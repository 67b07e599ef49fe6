-- Changes a database of version 1 to version 2.
ALTER TABLE communities ADD COLUMN tier_until INTEGER;
ALTER TABLE communities ADD COLUMN then_tier TEXT;
ALTER TABLE communities ADD COLUMN add_ons TEXT NOT NULL DEFAULT '';
