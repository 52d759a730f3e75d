-- out_run: every night that was begun
-- grain: run; reads: run
SELECT run AS run_id, started_at, finished_at, state, as_of, files_seen, files_new, cells_read, seconds
FROM run
