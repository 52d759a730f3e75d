-- out_district_submission: what every office has received, and what is due there and has not come
-- grain: office and submission, or office, form and period of what is missing; reads: submission, missing, office
SELECT o.name AS office, s.form, s.department, s.period, s.state, s.days_late, s.path AS file
FROM submission s
JOIN office o ON o.office = s.office
WHERE s.state IS NOT NULL
UNION ALL
SELECT o.name, m.form, m.department, m.period, 'missing', m.days_late, NULL
FROM missing m
JOIN office o ON o.office = m.office
