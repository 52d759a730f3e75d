-- out_district_submission: what every office has received, and what is due there and has not come
-- grain: office and submission, or office, form and period of what is missing; reads: standing, submission, missing, office
SELECT o.name AS office, s.form, s.department, s.period, s.state, s.days_late, f.path AS file
FROM standing s
JOIN submission f ON f.office = s.office AND f.submission = s.submission
JOIN office o ON o.office = s.office
WHERE s.known_to IS NULL
UNION ALL
SELECT o.name, m.form, m.department, m.period, 'missing', m.days_late, NULL
FROM missing m
JOIN office o ON o.office = m.office
