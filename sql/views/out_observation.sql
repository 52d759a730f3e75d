-- out_observation: the current value of every reported figure, at the grain it was reported; what the office adjusted stands in out_adjustment
-- grain: one row per measure, unit, period and cell of the hand-in in force; reads: reading, standing, submission, hold
SELECT r.measure AS indicator, r.unit_code, r.unit_name, r.period,
       CASE WHEN h.held = 1 THEN NULL ELSE r.value END AS value,
       r.unit,
       CASE WHEN h.held = 1 THEN 'refused' ELSE r.status END AS status,
       s.form, s.department, s.submission AS submission_id, s.revision, f.path AS file,
       r.sheet, r.cell, r.raw, f.recorded_at
FROM reading r
JOIN standing s ON s.office = r.office AND s.load = r.submission AND s.known_to IS NULL AND s.current = 1
JOIN submission f ON f.office = s.office AND f.submission = s.submission
LEFT JOIN hold h ON h.office = s.office AND h.submission = s.submission AND h.known_from = s.known_from AND h.sheet = r.sheet AND h.cell = r.cell
