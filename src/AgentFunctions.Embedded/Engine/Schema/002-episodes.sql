-- History by episode: one durable step is one row. What an episode left running stands in that row, so there is no table of activities.

-- "number" is a short key for history; an instance id is as long as its caller made it.
CREATE TABLE instances_2 (
    number             INTEGER PRIMARY KEY AUTOINCREMENT,
    instance_id        TEXT    NOT NULL UNIQUE,
    execution_id       TEXT    NOT NULL, -- names one execution: results meant for an earlier one do not match
    name               TEXT    NOT NULL,
    status             INTEGER NOT NULL, -- numbers of OrchestrationRuntimeStatus
    created_at         INTEGER NOT NULL,
    updated_at         INTEGER NOT NULL, -- of this row; an episode that leaves the status as it is touches history only
    completed_at       INTEGER,
    input              TEXT,
    output             TEXT,
    custom_status      TEXT,
    failure            TEXT,             -- JSON of Failure
    tags               TEXT,             -- JSON object of strings
    parent_instance_id TEXT
);

INSERT INTO instances_2 (instance_id, execution_id, name, status, created_at, updated_at, completed_at, input, output,
    custom_status, failure, tags, parent_instance_id)
SELECT instance_id, execution_id, name, status, created_at, updated_at, completed_at, input, output,
    custom_status, failure, tags, parent_instance_id
FROM instances ORDER BY created_at, instance_id;

-- What happened in the current execution of an instance, in order. Replay reads it whole, by key.
-- The key is one integer, instances.number * 2^24 + sequence: an index whose rows are long is read row by row to find a key,
-- and rows of an instance should lie together.
CREATE TABLE history_2 (
    id          INTEGER PRIMARY KEY,
    instance    INTEGER GENERATED ALWAYS AS (id >> 24) VIRTUAL,
    sequence    INTEGER GENERATED ALWAYS AS (id & 0xFFFFFF) VIRTUAL,
    format      INTEGER NOT NULL,        -- 1: one event; 2: the events of one episode
    recorded_at INTEGER NOT NULL,
    unfinished  TEXT,                    -- numbers of the activities that have no outcome yet, as in 3,4; the last row counts
    events      TEXT    NOT NULL
);

INSERT INTO history_2 (id, format, recorded_at, events)
SELECT (number << 24) + sequence, format, updated_at, event FROM history JOIN instances_2 USING (instance_id);

UPDATE history_2 SET unfinished = (
    SELECT group_concat(task_id) FROM activities JOIN instances_2 USING (instance_id, execution_id) WHERE number = history_2.id >> 24)
WHERE id IN (SELECT (number << 24) + max(sequence) FROM history JOIN instances_2 USING (instance_id) GROUP BY number);

DROP TABLE history;
DROP TABLE activities;
DROP TABLE instances;
ALTER TABLE instances_2 RENAME TO instances;
ALTER TABLE history_2 RENAME TO history;

-- Instance queries and purges page through (created_at, instance_id).
CREATE INDEX instances_by_creation ON instances (created_at, instance_id);

-- Recursive terminate and purge look up the children of an instance.
CREATE INDEX instances_by_parent ON instances (parent_instance_id) WHERE parent_instance_id IS NOT NULL;

-- The start takes up what has not ended, however many instances have.
CREATE INDEX instances_active ON instances (number) WHERE status IN (0, 6, 7);
