-- History in the order in which it is written, whoever it belongs to: the steps that many orchestrations take at the same time
-- share pages, where each would write a page of its own if rows lay with their instance. An index finds an instance's rows.
CREATE TABLE history_3 (
    id          INTEGER PRIMARY KEY,
    instance    INTEGER NOT NULL,        -- instances.number
    sequence    INTEGER NOT NULL,        -- of the episode, from 0
    format      INTEGER NOT NULL,        -- 1: one event; 2: the events of one episode
    recorded_at INTEGER NOT NULL,
    unfinished  TEXT,                    -- numbers of the activities that have no outcome yet, as in 3,4; the last row counts
    events      TEXT    NOT NULL
);

INSERT INTO history_3 (instance, sequence, format, recorded_at, unfinished, events)
SELECT instance, sequence, format, recorded_at, unfinished, events FROM history ORDER BY recorded_at, id;

DROP TABLE history;
ALTER TABLE history_3 RENAME TO history;

-- Replay reads the rows of one instance in order. Two writers of one history meet here: the second fails.
CREATE UNIQUE INDEX history_by_instance ON history (instance, sequence);
