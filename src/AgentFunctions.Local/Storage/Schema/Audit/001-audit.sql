-- The audit log in audit.db. `hash` is SHA-256 over the other columns and the hash before; Core's AuditChain says how.
-- Times are UTC ticks. Nothing is ever updated, and only what was trimmed is deleted: the triggers guard against mistakes,
-- the chain shows what somebody did on purpose.

CREATE TABLE audit (
    sequence      INTEGER PRIMARY KEY,      -- from 1 without gaps
    kind          TEXT NOT NULL,
    at            INTEGER NOT NULL,
    actor         TEXT,
    run_id        TEXT,
    session_id    TEXT,
    user_id       TEXT,
    agent_id      TEXT,
    key           TEXT,
    details       TEXT NOT NULL,
    previous_hash TEXT NOT NULL,
    hash          TEXT NOT NULL
);

CREATE UNIQUE INDEX audit_by_key ON audit (key) WHERE key IS NOT NULL;
CREATE INDEX audit_by_kind    ON audit (kind, sequence);
CREATE INDEX audit_by_run     ON audit (run_id, sequence) WHERE run_id IS NOT NULL;
CREATE INDEX audit_by_session ON audit (session_id, sequence) WHERE session_id IS NOT NULL;
CREATE INDEX audit_by_user    ON audit (user_id, sequence) WHERE user_id IS NOT NULL;

-- One row: the latest record, and the last one that was removed by retention.
CREATE TABLE audit_head (
    id               INTEGER PRIMARY KEY CHECK (id = 1),
    sequence         INTEGER NOT NULL,
    hash             TEXT NOT NULL,
    trimmed_sequence INTEGER NOT NULL DEFAULT 0,
    trimmed_hash     TEXT
);

CREATE TRIGGER audit_is_never_changed BEFORE UPDATE ON audit
BEGIN
    SELECT RAISE(ABORT, 'the audit log is append-only');
END;

CREATE TRIGGER audit_is_only_trimmed BEFORE DELETE ON audit
WHEN OLD.sequence > (SELECT trimmed_sequence FROM audit_head)
BEGIN
    SELECT RAISE(ABORT, 'the audit log is append-only; retention removes its oldest records');
END;
