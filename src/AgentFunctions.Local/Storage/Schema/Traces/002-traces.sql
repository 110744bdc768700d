-- Traces in traces.db: a summary row for each trace, kept up to date by every write of its spans, and beside each span what
-- lists and statistics ask for. Times are UTC ticks, statuses of spans OTLP numbers. JSON stays last in a row.

CREATE TABLE traces (
    id                 INTEGER PRIMARY KEY, -- in order of arrival: what refers to a trace by it stays together
    trace_id           TEXT NOT NULL UNIQUE,
    name               TEXT NOT NULL,
    status             TEXT NOT NULL,       -- ok, error, or running while no run's root has come
    start_time         INTEGER NOT NULL,
    end_time           INTEGER NOT NULL,
    total_spans        INTEGER NOT NULL,
    error_count        INTEGER NOT NULL,
    input_tokens       INTEGER NOT NULL,    -- these and the cost summed over the model calls
    output_tokens      INTEGER NOT NULL,
    reasoning_tokens   INTEGER NOT NULL,
    cached_tokens      INTEGER NOT NULL,
    cache_write_tokens INTEGER NOT NULL,
    cost_usd           REAL,
    unpriced_calls     INTEGER NOT NULL,
    run_id             TEXT,
    session_id         TEXT,
    user_id            TEXT,
    agent_id           TEXT,
    team_id            TEXT,
    workflow_id        TEXT,
    lead_span_id       TEXT NOT NULL,       -- the span that name and ids are of: the first root of a run, else the first span
    lead_start_time    INTEGER NOT NULL
);

ALTER TABLE spans RENAME TO spans_of_v1;

CREATE TABLE spans (
    id                 INTEGER PRIMARY KEY,
    trace              INTEGER NOT NULL,    -- traces.id
    span_id            TEXT NOT NULL,
    parent_span_id     TEXT,
    name               TEXT NOT NULL,
    kind               INTEGER NOT NULL,    -- 1 internal, 2 server, 3 client, 4 producer, 5 consumer
    type               TEXT,
    start_time         INTEGER NOT NULL,
    end_time           INTEGER NOT NULL,
    status             INTEGER NOT NULL,    -- 0 unset, 1 ok, 2 error
    run_id             TEXT,
    session_id         TEXT,
    user_id            TEXT,
    agent_id           TEXT,
    team_id            TEXT,
    workflow_id        TEXT,
    run_status         TEXT,                -- how the run ended; of a run's root only
    model              TEXT,
    tool               TEXT,
    input_tokens       INTEGER NOT NULL,
    output_tokens      INTEGER NOT NULL,
    reasoning_tokens   INTEGER NOT NULL,
    cached_tokens      INTEGER NOT NULL,
    cache_write_tokens INTEGER NOT NULL,
    cost_usd           REAL,
    unpriced           INTEGER NOT NULL,    -- 1 when the span has tokens without a known price
    scope              TEXT,
    status_message     TEXT,
    attributes         TEXT NOT NULL,
    events             TEXT NOT NULL,
    links              TEXT NOT NULL,
    UNIQUE (trace, span_id)                 -- makes every write an upsert
);

-- Which traces have spans of a run or of a session ('run:' or 'session:' and the id). It may name too many, never too few:
-- who reads it asks the spans as well. One row a trace costs a fraction of an index entry a span.
CREATE TABLE trace_keys (
    key   TEXT NOT NULL,
    trace INTEGER NOT NULL,
    PRIMARY KEY (key, trace)
) WITHOUT ROWID;

INSERT INTO traces
SELECT NULL, trace_id, '', '', min(start_time), max(end_time), 0, 0, 0, 0, 0, 0, 0, NULL, 0, NULL, NULL, NULL, NULL, NULL, NULL, '', 0
FROM spans_of_v1 GROUP BY trace_id ORDER BY min(rowid);

INSERT INTO spans
SELECT NULL, traces.id, span_id, parent_span_id, old.name, kind, type, old.start_time, old.end_time, old.status,
    old.run_id, old.session_id, old.user_id, old.agent_id, NULL, NULL,
    json_extract(attributes, '$."agentfunctions.run.status"'),
    json_extract(attributes, '$."gen_ai.request.model"'),
    json_extract(attributes, '$."gen_ai.tool.name"'),
    ifnull(json_extract(attributes, '$."gen_ai.usage.input_tokens"'), 0),
    ifnull(json_extract(attributes, '$."gen_ai.usage.output_tokens"'), 0),
    ifnull(json_extract(attributes, '$."gen_ai.usage.reasoning.output_tokens"'), 0),
    ifnull(json_extract(attributes, '$."gen_ai.usage.cache_read.input_tokens"'), 0),
    ifnull(json_extract(attributes, '$."gen_ai.usage.cache_creation.input_tokens"'), 0),
    json_extract(attributes, '$."agentfunctions.cost_usd"'),
    0, scope, status_message, attributes, events, links
FROM spans_of_v1 AS old JOIN traces USING (trace_id) ORDER BY old.rowid;

DROP TABLE spans_of_v1;

UPDATE spans SET unpriced = 1 WHERE cost_usd IS NULL AND input_tokens + output_tokens > 0;

UPDATE traces SET (total_spans, error_count, input_tokens, output_tokens, reasoning_tokens, cached_tokens, cache_write_tokens, cost_usd, unpriced_calls) = (
    SELECT count(*), sum(status = 2), ifnull(sum(input_tokens) FILTER (WHERE type = 'LLM'), 0), ifnull(sum(output_tokens) FILTER (WHERE type = 'LLM'), 0),
        ifnull(sum(reasoning_tokens) FILTER (WHERE type = 'LLM'), 0), ifnull(sum(cached_tokens) FILTER (WHERE type = 'LLM'), 0),
        ifnull(sum(cache_write_tokens) FILTER (WHERE type = 'LLM'), 0), sum(cost_usd) FILTER (WHERE type = 'LLM'),
        ifnull(sum(unpriced) FILTER (WHERE type = 'LLM'), 0)
    FROM spans WHERE trace = traces.id);

UPDATE traces SET (name, status, run_id, session_id, user_id, agent_id, lead_span_id, lead_start_time) = (
    SELECT name, CASE WHEN run_status IS NULL THEN 'running' WHEN status = 2 THEN 'error' ELSE 'ok' END,
        run_id, session_id, user_id, agent_id, span_id, start_time
    FROM spans WHERE trace = traces.id ORDER BY run_status IS NULL, start_time, span_id LIMIT 1);

INSERT INTO trace_keys SELECT DISTINCT 'run:' || run_id, trace FROM spans WHERE run_id IS NOT NULL;
INSERT INTO trace_keys SELECT DISTINCT 'session:' || session_id, trace FROM spans WHERE session_id IS NOT NULL;

-- The trace list, latest start first, and by each filter; ties are sorted among themselves. Where many traces share a value,
-- the index also has what they are filtered by next, so that a filter which few of them fulfil does not read their rows.
CREATE INDEX traces_by_time     ON traces (start_time, end_time, status, name, agent_id);
CREATE INDEX traces_by_run      ON traces (run_id, start_time);
CREATE INDEX traces_by_session  ON traces (session_id, start_time);
CREATE INDEX traces_by_user     ON traces (user_id, start_time) WHERE user_id IS NOT NULL;
CREATE INDEX traces_by_agent    ON traces (agent_id, start_time, end_time, status, name);
CREATE INDEX traces_by_team     ON traces (team_id, start_time) WHERE team_id IS NOT NULL;
CREATE INDEX traces_by_workflow ON traces (workflow_id, start_time) WHERE workflow_id IS NOT NULL;
CREATE INDEX traces_by_name     ON traces (name, start_time, end_time, status, agent_id);
CREATE INDEX traces_by_status   ON traces (status, start_time, end_time, name, agent_id) WHERE status <> 'ok';

-- Long traces, when there are few of them; and the oldest end, for the retention.
CREATE INDEX traces_by_duration ON traces (end_time - start_time);
CREATE INDEX traces_by_end      ON traces (end_time);

-- The span list and the statistics of a time: all that they ask for of a span, so that they need not read its row.
CREATE INDEX spans_by_time ON spans (start_time, end_time, status, type, name, agent_id, model, user_id, session_id, team_id,
    workflow_id, run_status, input_tokens, output_tokens, reasoning_tokens, cached_tokens, cache_write_tokens, cost_usd, unpriced);

-- The span list by what may be rare among many spans. The three common types are found soon enough by time.
CREATE INDEX spans_by_name     ON spans (name, start_time);
CREATE INDEX spans_by_agent    ON spans (agent_id, start_time);
CREATE INDEX spans_by_user     ON spans (user_id, start_time) WHERE user_id IS NOT NULL;
CREATE INDEX spans_by_model    ON spans (model, start_time) WHERE model IS NOT NULL;
CREATE INDEX spans_by_team     ON spans (team_id, start_time) WHERE team_id IS NOT NULL;
CREATE INDEX spans_by_workflow ON spans (workflow_id, start_time) WHERE workflow_id IS NOT NULL;
CREATE INDEX spans_by_type     ON spans (type, start_time) WHERE type NOT IN ('LLM', 'TOOL', 'AGENT');
CREATE INDEX spans_of_errors   ON spans (start_time) WHERE status = 2;
