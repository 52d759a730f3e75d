-- two hand-ins in force for one slice
SELECT office, form, period FROM standing WHERE current = 1 AND known_to IS NULL GROUP BY office, form, period HAVING COUNT(*) > 1
