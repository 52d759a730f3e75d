-- two hand-ins in force for one slice
SELECT office, form, period FROM submission WHERE current = 1 GROUP BY office, form, period HAVING COUNT(*) > 1
