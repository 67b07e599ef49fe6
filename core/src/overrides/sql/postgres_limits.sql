ALTER TABLE tiergate_overrides
    ADD COLUMN limits text,
    ALTER COLUMN endpoint DROP NOT NULL,
    ADD CHECK (endpoint IS NOT NULL OR kind = 'quota'),
    DROP CONSTRAINT tiergate_overrides_kind_check,
    ADD CONSTRAINT tiergate_overrides_kind_check
        CHECK (kind IN ('close', 'require', 'grant', 'observe', 'limit', 'quota'));
