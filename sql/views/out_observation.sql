-- out_observation: the current value of every reported figure, at the grain it was reported
-- grain: one row per measure, unit, period and cell of the hand-in in force; reads: reading, submission, hold
SELECT r.measure AS indicator, r.unit_code, r.unit_name, r.period,
       CASE WHEN h.cell IS NULL THEN r.value END AS value,
       r.unit,
       CASE WHEN h.cell IS NULL THEN r.status ELSE 'refused' END AS status,
       s.form, s.department, s.submission AS submission_id, s.revision, s.path AS file,
       r.sheet, r.cell, r.raw, s.recorded_at
FROM reading r
JOIN submission s ON s.office = r.office AND s.submission = r.submission
LEFT JOIN hold h ON h.office = r.office AND h.submission = r.submission AND h.sheet = r.sheet AND h.cell = r.cell
WHERE s.current = 1
