-- Runs that other runs started: the run list leaves them out unless it is asked for them.

ALTER TABLE runs ADD COLUMN parent_run_id TEXT;
ALTER TABLE runs ADD COLUMN depth INTEGER NOT NULL DEFAULT 0;      -- 0 for a run that a client started

UPDATE runs SET parent_run_id = json_extract(record, '$.parent_run_id'), depth = ifnull(json_extract(record, '$.depth'), 0);

CREATE INDEX runs_by_parent ON runs (parent_run_id, created_at, run_id) WHERE parent_run_id IS NOT NULL;
