CREATE TABLE tiergate_overrides (
    kind TEXT NOT NULL CHECK (kind IN ('close', 'require', 'grant', 'observe', 'limit', 'quota')),
    endpoint TEXT CHECK (endpoint IS NOT NULL OR kind = 'quota'),
    tier TEXT,
    customer TEXT,
    limits TEXT, -- such as 60/minute; 5000/day
    until TEXT CHECK (until IS NOT NULL OR kind = 'close'), -- such as 2026-12-01T00:00:00Z
    by TEXT,
    because TEXT
);
CREATE TABLE tiergate_overrides_version (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    version INTEGER NOT NULL
);
INSERT INTO tiergate_overrides_version VALUES (1, 1);
CREATE TRIGGER tiergate_override_inserted AFTER INSERT ON tiergate_overrides BEGIN
    UPDATE tiergate_overrides_version SET version = version + 1;
END;
CREATE TRIGGER tiergate_override_updated AFTER UPDATE ON tiergate_overrides BEGIN
    UPDATE tiergate_overrides_version SET version = version + 1;
END;
CREATE TRIGGER tiergate_override_deleted AFTER DELETE ON tiergate_overrides BEGIN
    UPDATE tiergate_overrides_version SET version = version + 1;
END;
