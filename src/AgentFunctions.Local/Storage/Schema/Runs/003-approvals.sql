-- The approval's whole record as JSON beside the columns that people query; lists by time and by whom they concern.

ALTER TABLE approvals ADD COLUMN record TEXT NOT NULL DEFAULT '{}';

DROP INDEX approvals_by_run;

CREATE INDEX approvals_by_time ON approvals (created_at, id);
CREATE INDEX approvals_by_run  ON approvals (run_id, created_at, id);
CREATE INDEX approvals_by_user ON approvals (user_id, created_at, id) WHERE user_id IS NOT NULL;

-- The status of the run is read where it lives.
DROP VIEW agno_approvals;

CREATE VIEW agno_approvals AS
SELECT id, run_id, session_id, status, source_type, approval_type, pause_type, tool_name, tool_args,
    (expires_at - 621355968000000000) / 1e7 AS expires_at, agent_id, team_id, workflow_id, user_id, schedule_id, schedule_run_id,
    source_name, requirements, context, resolution_data, resolved_by, (resolved_at - 621355968000000000) / 1e7 AS resolved_at,
    (created_at - 621355968000000000) / 1e7 AS created_at, (updated_at - 621355968000000000) / 1e7 AS updated_at,
    (SELECT status FROM runs WHERE runs.run_id = approvals.run_id) AS run_status
FROM approvals;
