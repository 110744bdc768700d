-- Spans in traces.db. Ids are lower-case hex, times UTC ticks (100 ns since 0001-01-01), kind and status OTLP numbers,
-- attributes, events and links JSON. The primary key makes every write an upsert.

CREATE TABLE spans (
    trace_id       TEXT NOT NULL,
    span_id        TEXT NOT NULL,
    parent_span_id TEXT,
    name           TEXT NOT NULL,
    kind           INTEGER NOT NULL,    -- 1 internal, 2 server, 3 client, 4 producer, 5 consumer
    type           TEXT,
    start_time     INTEGER NOT NULL,
    end_time       INTEGER NOT NULL,
    status         INTEGER NOT NULL,    -- 0 unset, 1 ok, 2 error
    status_message TEXT,
    scope          TEXT,
    run_id         TEXT,
    session_id     TEXT,
    user_id        TEXT,
    agent_id       TEXT,
    attributes     TEXT NOT NULL,
    events         TEXT NOT NULL,
    links          TEXT NOT NULL,
    PRIMARY KEY (trace_id, span_id)
);

-- A whole trace in the order of time.
CREATE INDEX spans_by_time ON spans (trace_id, start_time, span_id);

-- Which spans of a run the store has; answered from the index alone.
CREATE INDEX spans_by_run ON spans (run_id, trace_id, span_id) WHERE run_id IS NOT NULL;
