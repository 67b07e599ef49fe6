CREATE TABLE tiergate_overrides (
    kind text NOT NULL CHECK (kind IN ('close', 'require', 'grant', 'observe', 'limit', 'quota')),
    endpoint text CHECK (endpoint IS NOT NULL OR kind = 'quota'),
    tier text,
    customer text,
    limits text, -- such as 60/minute; 5000/day
    until timestamptz CHECK (until IS NOT NULL OR kind = 'close'),
    by text,
    because text
);
CREATE TABLE tiergate_overrides_version (
    id integer PRIMARY KEY CHECK (id = 1),
    version bigint NOT NULL
);
INSERT INTO tiergate_overrides_version VALUES (1, 1);
CREATE FUNCTION tiergate_overrides_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE tiergate_overrides_version SET version = version + 1;
    -- For `listen`. Without a listener, this has no effect.
    PERFORM pg_notify('tiergate_overrides', '');
    RETURN NULL;
END $$;
CREATE TRIGGER tiergate_overrides_changed AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON tiergate_overrides
    FOR EACH STATEMENT EXECUTE FUNCTION tiergate_overrides_changed();
