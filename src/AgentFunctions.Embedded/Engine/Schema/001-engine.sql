-- The durable engine. Times are UTC ticks (100 ns since 0001-01-01). "format" is the version of the JSON beside it.

-- One row per orchestration instance: its current or last execution.
CREATE TABLE instances (
    instance_id        TEXT    PRIMARY KEY,
    execution_id       TEXT    NOT NULL, -- names one execution: results meant for an earlier one do not match
    name               TEXT    NOT NULL,
    status             INTEGER NOT NULL, -- numbers of OrchestrationRuntimeStatus
    created_at         INTEGER NOT NULL,
    updated_at         INTEGER NOT NULL,
    completed_at       INTEGER,
    input              TEXT,
    output             TEXT,
    custom_status      TEXT,
    failure            TEXT,             -- JSON of Failure
    tags               TEXT,             -- JSON object of strings
    parent_instance_id TEXT
);

-- Instance queries and purges page through (created_at, instance_id).
CREATE INDEX instances_by_creation ON instances (created_at, instance_id);

-- Recursive terminate and purge look up the children of an instance.
CREATE INDEX instances_by_parent ON instances (parent_instance_id) WHERE parent_instance_id IS NOT NULL;

-- What happened in the current execution of an instance, in order. Replay reads it whole, by primary key.
CREATE TABLE history (
    instance_id TEXT    NOT NULL,
    sequence    INTEGER NOT NULL,
    format      INTEGER NOT NULL,
    event       TEXT    NOT NULL,        -- JSON of HistoryEvent
    PRIMARY KEY (instance_id, sequence)
) WITHOUT ROWID;

-- Inboxes: what an orchestration or entity has not processed yet. A timer is a message that is due later.
CREATE TABLE inbox (
    id           INTEGER PRIMARY KEY AUTOINCREMENT, -- arrival order
    instance_id  TEXT    NOT NULL,
    execution_id TEXT,                   -- NULL: for whichever execution runs
    timer_id     INTEGER,                -- set for a timer, so that it can be cancelled
    due_at       INTEGER NOT NULL,
    format       INTEGER NOT NULL,
    message      TEXT    NOT NULL        -- JSON of HistoryEvent (orchestrations) or EntityMessage (entities)
);

-- An episode loads the due messages of one instance in order; a timer is cancelled by instance.
CREATE INDEX inbox_by_instance ON inbox (instance_id, due_at, id);

-- The alarm asks which messages became due, and when the next one will be.
CREATE INDEX inbox_by_due_time ON inbox (due_at);

-- Activities whose result is not recorded yet. A row is deleted in the transaction that records the result,
-- so what is here after a crash is exactly what must be delivered again.
CREATE TABLE activities (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    instance_id  TEXT    NOT NULL,
    execution_id TEXT    NOT NULL,
    task_id      INTEGER NOT NULL,
    name         TEXT    NOT NULL,
    input        TEXT,
    trace_parent TEXT
);

-- Terminating, replacing or purging an instance drops its activities.
CREATE INDEX activities_by_instance ON activities (instance_id);

-- One row per entity that ever processed a message.
CREATE TABLE entities (
    entity_id           TEXT    PRIMARY KEY, -- @name@key
    state               TEXT,                -- NULL: the entity has no state
    locked_by           TEXT,                -- instance that holds the lock
    locked_by_execution TEXT,
    updated_at          INTEGER NOT NULL
);

-- An instance that ends lets go of its locks.
CREATE INDEX entities_by_lock ON entities (locked_by) WHERE locked_by IS NOT NULL;
