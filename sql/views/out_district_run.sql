-- out_district_run: every night of every office that was begun
-- grain: office, run; reads: run, office
SELECT o.name AS office, r.run AS run_id, r.started_at, r.finished_at, r.state, r.as_of, r.period, r.files_seen, r.files_new, r.deferred
FROM run r
JOIN office o ON o.office = r.office
