
-- Whoever changes a community, all servers are told.
CREATE FUNCTION tell_community() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('cad_communities', coalesce(NEW.id, OLD.id));
    RETURN NULL;
END $$;
CREATE TRIGGER tell_community AFTER INSERT OR UPDATE OR DELETE ON communities
    FOR EACH ROW EXECUTE FUNCTION tell_community();
