
-- Notifies all servers of every change to a community, even one made by hand.
CREATE FUNCTION notify_community() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP IN ('UPDATE', 'DELETE') THEN
        PERFORM pg_notify('cad_communities', OLD.id);
    END IF;
    IF TG_OP IN ('INSERT', 'UPDATE') THEN
        PERFORM pg_notify('cad_communities', NEW.id);
    END IF;
    IF TG_OP = 'TRUNCATE' THEN
        PERFORM pg_notify('cad_communities', '');
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER notify_community AFTER INSERT OR UPDATE OR DELETE ON communities
    FOR EACH ROW EXECUTE FUNCTION notify_community();
CREATE TRIGGER notify_truncated AFTER TRUNCATE ON communities
    FOR EACH STATEMENT EXECUTE FUNCTION notify_community();
