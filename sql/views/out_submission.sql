-- out_submission: every file ever received, and every hand-in that is due and has not come
-- grain: submission, or form and period of what is missing; reads: standing, submission, load, missing
SELECT s.submission AS submission_id, s.form, s.department, s.period, s.state, f.modified AS received_at, s.due_at, s.days_late,
       f.path AS file, f.sha256, s.revision, l.cells_read, l.cells_used, l.cells_ignored, l.cells_refused
FROM standing s
JOIN submission f ON f.office = s.office AND f.submission = s.submission
JOIN load l ON l.office = s.office AND l.load = s.load
WHERE s.known_to IS NULL
UNION ALL
SELECT NULL, m.form, m.department, m.period, 'missing', NULL, m.due_at, m.days_late, NULL, NULL, NULL, NULL, NULL, NULL, NULL
FROM missing m
