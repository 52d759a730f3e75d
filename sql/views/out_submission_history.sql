-- out_submission_history: what every file was worth beside the others, and until when; what had not come is not kept
-- grain: submission, known_from; reads: standing, submission, load
SELECT s.submission AS submission_id, s.form, s.department, s.period, s.state, f.modified AS received_at, s.due_at, s.days_late,
       f.path AS file, f.sha256, s.revision, l.cells_read, l.cells_used, l.cells_ignored, l.cells_refused, s.known_from, s.known_to
FROM standing s
JOIN submission f ON f.office = s.office AND f.submission = s.submission
JOIN load l ON l.office = s.office AND l.load = s.load
