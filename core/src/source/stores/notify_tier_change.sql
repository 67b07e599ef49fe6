CREATE FUNCTION notify_tier_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- If a key moves to another customer, both customers change.
    IF TG_OP IN ('UPDATE', 'DELETE') THEN
        PERFORM pg_notify('tiers', OLD.customer::text);
    END IF;
    IF TG_OP IN ('INSERT', 'UPDATE') THEN
        PERFORM pg_notify('tiers', NEW.customer::text);
    END IF;
    IF TG_OP = 'TRUNCATE' THEN
        PERFORM pg_notify('tiers', '');
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER notify_tier_change AFTER INSERT OR UPDATE OR DELETE ON callers
    FOR EACH ROW EXECUTE FUNCTION notify_tier_change();
CREATE TRIGGER notify_truncation AFTER TRUNCATE ON callers
    FOR EACH STATEMENT EXECUTE FUNCTION notify_tier_change();
