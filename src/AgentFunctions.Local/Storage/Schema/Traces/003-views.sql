-- Views for people and tools that read the file: times as seconds since 1970, so that their difference is seconds.
-- They carry the columns of both vocabularies that such queries use: span_name and name, status and status_code.

CREATE VIEW agno_traces AS
SELECT trace_id, name, status, (start_time - 621355968000000000) / 1e7 AS start_time, (end_time - 621355968000000000) / 1e7 AS end_time,
    (end_time - start_time) / 10000.0 AS duration_ms, total_spans, error_count, input_tokens, output_tokens,
    input_tokens + output_tokens AS total_tokens, cost_usd, run_id, session_id, user_id, agent_id, team_id, workflow_id,
    (start_time - 621355968000000000) / 1e7 AS created_at
FROM traces;

-- span_name is the kind of work and what it was done with, such as tool.get_weather; name is the span's own.
CREATE VIEW agno_spans AS
SELECT s.span_id, t.trace_id, s.parent_span_id, s.name,
    CASE s.type WHEN 'TOOL' THEN 'tool.' || ifnull(s.tool, s.name) WHEN 'LLM' THEN 'llm.' || ifnull(s.model, s.name)
        WHEN 'AGENT' THEN 'agent.' || ifnull(s.agent_id, s.name) ELSE ifnull(lower(s.type) || '.', '') || s.name END AS span_name,
    s.type AS span_type,
    CASE s.kind WHEN 2 THEN 'SERVER' WHEN 3 THEN 'CLIENT' WHEN 4 THEN 'PRODUCER' WHEN 5 THEN 'CONSUMER' ELSE 'INTERNAL' END AS span_kind,
    iif(s.status = 2, 'error', 'ok') AS status,
    CASE s.status WHEN 1 THEN 'OK' WHEN 2 THEN 'ERROR' ELSE 'UNSET' END AS status_code,
    s.status_message, (s.start_time - 621355968000000000) / 1e7 AS start_time, (s.end_time - 621355968000000000) / 1e7 AS end_time,
    (s.end_time - s.start_time) / 10000.0 AS duration_ms, s.run_id, s.session_id, s.user_id, s.agent_id, s.team_id, s.workflow_id,
    s.model, s.tool AS tool_name, s.input_tokens, s.output_tokens, s.input_tokens + s.output_tokens AS total_tokens, s.cost_usd,
    s.attributes, s.events, s.links, (s.start_time - 621355968000000000) / 1e7 AS created_at
FROM spans AS s JOIN traces AS t ON t.id = s.trace;

-- One row a finished run. Its id is the run's; session_id is the session that it belongs to.
CREATE VIEW agno_sessions AS
SELECT s.run_id AS id, s.run_id, s.session_id,
    CASE WHEN s.workflow_id IS NOT NULL THEN 'workflow' WHEN s.team_id IS NOT NULL THEN 'team' ELSE 'agent' END AS session_type,
    s.agent_id, s.team_id, s.workflow_id, s.user_id, s.model, s.run_status AS status, t.trace_id,
    s.input_tokens, s.output_tokens, s.input_tokens + s.output_tokens AS total_tokens, s.cost_usd,
    (s.end_time - s.start_time) / 10000.0 AS duration_ms, (s.start_time - 621355968000000000) / 1e7 AS created_at,
    (s.end_time - 621355968000000000) / 1e7 AS updated_at
FROM spans AS s JOIN traces AS t ON t.id = s.trace WHERE s.run_status IS NOT NULL;

CREATE VIEW agno_team_sessions AS SELECT * FROM agno_sessions WHERE session_type = 'team';

CREATE VIEW agno_workflow_sessions AS SELECT * FROM agno_sessions WHERE session_type = 'workflow';
