-- out_issue: everything that was fixed, warned about or refused
-- grain: issue; reads: issue, submission
SELECT i.issue_id, i.submission AS submission_id, i.code, i.action, i.sheet, i.cell, i.found, i.expected, i.message, i.first_seen, i.closed_at
FROM issue i
JOIN submission s ON s.office = i.office AND s.submission = i.submission
WHERE s.state IS NOT NULL
