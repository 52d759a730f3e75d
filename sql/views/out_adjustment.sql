-- out_adjustment: every word of the office beside what was reported: who, when, why, what it expects, and whether it is in force
-- grain: adjustment; reads: adjustment, word, submission
SELECT a.adjustment AS adjustment_id, a.kind, a.form, a.period, a.indicator, a.submission AS submission_id, f.path AS file, a.sheet, a.cell,
       a.expects AS reported_value, CASE WHEN a.kind = 'correct' THEN a.value END AS adjusted_value,
       CASE WHEN a.kind <> 'correct' THEN a.value END AS refers_to, COALESCE(w.state, 'waiting') AS state, a."by" AS said_by, a.why, a.at AS said_at
FROM adjustment a
LEFT JOIN word w ON w.office = a.office AND w.adjustment = a.adjustment
LEFT JOIN submission f ON f.office = a.office AND f.submission = a.submission
