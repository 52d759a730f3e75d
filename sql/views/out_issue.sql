-- out_issue: everything that was fixed, warned about or refused
-- grain: issue; reads: issue, standing
SELECT i.issue_id, i.submission AS submission_id, i.code, i.action, i.sheet, i.cell, i.found, i.expected, i.message, i.first_seen, i.closed_at
FROM issue i
JOIN standing s ON s.office = i.office AND s.submission = i.submission AND s.known_to IS NULL
WHERE i.gone_at IS NULL AND (i.load = 0 OR i.load = s.load)
