-- Runs in state.db: rows, results of finished steps, messages, events, the index of sessions, agent definitions.
-- `record` is the whole row as JSON; the columns beside it are what queries filter and order by, written by the same
-- statement. Times are UTC ticks (100 ns since 0001-01-01). JSON stays last in a row, so that filters need not read past it.

CREATE TABLE runs (
    run_id           TEXT PRIMARY KEY,
    agent_id         TEXT NOT NULL,
    session_id       TEXT NOT NULL,
    user_id          TEXT,
    model            TEXT NOT NULL,
    status           TEXT NOT NULL,     -- pending, running, completed, cancelled or error
    created_at       INTEGER NOT NULL,
    session_position INTEGER,           -- null until the run has its turn
    record           TEXT NOT NULL
);

-- The run list, newest first: all runs (also by model, which names too few values to be worth an index), and by each filter. The
-- sweeper finds the unfinished runs, which are few, by their status.
CREATE INDEX runs_by_time    ON runs (created_at, run_id);
CREATE INDEX runs_by_agent   ON runs (agent_id, created_at, run_id);
CREATE INDEX runs_by_session ON runs (session_id, created_at, run_id);
CREATE INDEX runs_by_user    ON runs (user_id, created_at, run_id) WHERE user_id IS NOT NULL;
CREATE INDEX runs_by_status  ON runs (status, created_at, run_id);

-- The conversation of a session: its completed runs, latest first.
CREATE INDEX runs_of_conversation ON runs (session_id, session_position) WHERE status = 'completed';

-- What a repeated delivery is answered with. UNIQUE serves the lookup by (run, key) and the results of a run; `id` is the
-- order of the commits.
CREATE TABLE results (
    id     INTEGER PRIMARY KEY,
    run_id TEXT NOT NULL REFERENCES runs (run_id) ON DELETE CASCADE,
    key    TEXT NOT NULL,
    result TEXT NOT NULL,
    UNIQUE (run_id, key)
);

-- The primary key serves a run's messages in order and their count; UNIQUE (run, key) drops a repeated message.
CREATE TABLE messages (
    run_id     TEXT NOT NULL REFERENCES runs (run_id) ON DELETE CASCADE,
    position   INTEGER NOT NULL,        -- from 1 without gaps
    key        TEXT NOT NULL,
    step       INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    message    TEXT NOT NULL,
    PRIMARY KEY (run_id, position),
    UNIQUE (run_id, key)
);

-- The event log. Rows are small and many (one for each token), so the table is its own index: a reader's "after" is one range.
CREATE TABLE events (
    run_id    TEXT NOT NULL REFERENCES runs (run_id) ON DELETE CASCADE,
    sequence  INTEGER NOT NULL,         -- from 1 without gaps
    type      TEXT NOT NULL,
    key       TEXT,
    timestamp INTEGER NOT NULL,
    data      TEXT NOT NULL,
    PRIMARY KEY (run_id, sequence)
) WITHOUT ROWID;

-- Drops a repeated event. Most events have no key.
CREATE UNIQUE INDEX events_by_key ON events (run_id, key) WHERE key IS NOT NULL;

CREATE TABLE sessions (
    session_id TEXT PRIMARY KEY,
    agent_id   TEXT NOT NULL,
    user_id    TEXT,
    updated_at INTEGER NOT NULL,
    record     TEXT NOT NULL
);

-- The session list, latest activity first, and by each filter.
CREATE INDEX sessions_by_time  ON sessions (updated_at, session_id);
CREATE INDEX sessions_by_agent ON sessions (agent_id, updated_at, session_id);
CREATE INDEX sessions_by_user  ON sessions (user_id, updated_at, session_id) WHERE user_id IS NOT NULL;

CREATE TABLE definitions (
    hash       TEXT PRIMARY KEY,
    definition TEXT NOT NULL
);
