-- out_issue_history: everything that was ever fixed, warned about or refused; known_from <= :t AND (known_to IS NULL OR known_to > :t) is what was said at :t
-- grain: issue, known_from; reads: issue, issue_past, standing
SELECT i.issue_id, i.submission AS submission_id, i.code, i.action, i.sheet, i.cell, i.found, i.expected, i.message, i.first_seen, v.closed_at,
       CASE WHEN v.known_from > s.known_from THEN v.known_from ELSE s.known_from END AS known_from,
       CASE WHEN v.known_to IS NULL OR s.known_to < v.known_to THEN s.known_to ELSE v.known_to END AS known_to
FROM (
    SELECT office, submission, load, issue_id, closed_at, known_from, NULL AS known_to FROM issue WHERE gone_at IS NULL
    UNION ALL
    SELECT office, submission, load, issue_id, closed_at, known_from, known_to FROM issue_past
) v
JOIN issue i ON i.office = v.office AND i.submission = v.submission AND i.load = v.load AND i.issue_id = v.issue_id
JOIN standing s ON s.office = i.office AND s.submission = i.submission AND (i.load = 0 OR i.load = s.load)
WHERE (v.known_to IS NULL OR v.known_to > s.known_from) AND (s.known_to IS NULL OR s.known_to > v.known_from)
