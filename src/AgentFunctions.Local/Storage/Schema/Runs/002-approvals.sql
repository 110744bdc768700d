-- Marks the runs whose trace is not whole, and adds the approvals. Times are UTC ticks.

ALTER TABLE runs ADD COLUMN trace_incomplete INTEGER NOT NULL DEFAULT 0;    -- 1 while the stored trace is not known to be whole

UPDATE runs SET trace_incomplete = 1 WHERE json_extract(record, '$.trace_incomplete');

-- The sweeper's list: few, oldest first.
CREATE INDEX runs_untraced ON runs (created_at, run_id) WHERE trace_incomplete = 1;

CREATE TABLE approvals (
    id              TEXT PRIMARY KEY,
    run_id          TEXT NOT NULL,
    session_id      TEXT,
    status          TEXT NOT NULL,      -- pending, approved, rejected, expired or cancelled
    source_type     TEXT,               -- agent, team or workflow
    approval_type   TEXT,               -- required or audit
    pause_type      TEXT,               -- confirmation, user_input or external_execution
    tool_name       TEXT,
    tool_args       TEXT,               -- JSON
    expires_at      INTEGER,
    agent_id        TEXT,
    team_id         TEXT,
    workflow_id     TEXT,
    user_id         TEXT,               -- who asked
    schedule_id     TEXT,
    schedule_run_id TEXT,
    source_name     TEXT,
    requirements    TEXT,               -- JSON
    context         TEXT,               -- JSON
    resolution_data TEXT,               -- JSON
    resolved_by     TEXT,
    resolved_at     INTEGER,
    created_at      INTEGER NOT NULL,
    updated_at      INTEGER NOT NULL,
    run_status      TEXT
);

-- The queue by status, and the approvals of a run.
CREATE INDEX approvals_by_status ON approvals (status, created_at, id);
CREATE INDEX approvals_by_run    ON approvals (run_id);

-- For people and tools that read the file: times as seconds since 1970.
CREATE VIEW agno_approvals AS
SELECT id, run_id, session_id, status, source_type, approval_type, pause_type, tool_name, tool_args,
    (expires_at - 621355968000000000) / 1e7 AS expires_at, agent_id, team_id, workflow_id, user_id, schedule_id, schedule_run_id,
    source_name, requirements, context, resolution_data, resolved_by, (resolved_at - 621355968000000000) / 1e7 AS resolved_at,
    (created_at - 621355968000000000) / 1e7 AS created_at, (updated_at - 621355968000000000) / 1e7 AS updated_at, run_status
FROM approvals;
