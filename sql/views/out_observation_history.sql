-- out_observation_history: every observation that was ever in force; known_from <= :t AND (known_to IS NULL OR known_to > :t) is what was known at :t
-- grain: cell of a hand-in, known_from; reads: reading, standing, submission, hold
SELECT r.measure AS indicator, r.unit_code, r.unit_name, r.period,
       CASE WHEN h.held = 1 THEN NULL ELSE r.value END AS value,
       r.unit,
       CASE WHEN h.held = 1 THEN 'refused' ELSE r.status END AS status,
       s.form, s.department, s.submission AS submission_id, s.revision, f.path AS file,
       r.sheet, r.cell, r.raw, f.recorded_at, h.adjusted AS adjusted_value, s.known_from, s.known_to
FROM reading r
JOIN standing s ON s.office = r.office AND s.load = r.submission AND s.current = 1
JOIN submission f ON f.office = s.office AND f.submission = s.submission
LEFT JOIN hold h ON h.office = s.office AND h.submission = s.submission AND h.known_from = s.known_from AND h.sheet = r.sheet AND h.cell = r.cell
