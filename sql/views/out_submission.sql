-- out_submission: every file ever received, and every hand-in that is due and has not come
-- grain: submission, or form and period of what is missing; reads: submission, missing
SELECT s.submission AS submission_id, s.form, s.department, s.period, s.state, s.modified AS received_at, s.due_at, s.days_late,
       s.path AS file, s.sha256, s.revision, s.cells_read, s.cells_used, s.cells_ignored, s.cells_refused
FROM submission s
WHERE s.state IS NOT NULL
UNION ALL
SELECT NULL, m.form, m.department, m.period, 'missing', NULL, m.due_at, m.days_late, NULL, NULL, NULL, NULL, NULL, NULL, NULL
FROM missing m
