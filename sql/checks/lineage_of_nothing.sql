-- lineage that leads to a hand-in not in force
SELECT l.indicator, l.period FROM lineage l
LEFT JOIN standing s ON s.office = l.office AND s.submission = l.submission AND s.current = 1 AND s.known_to IS NULL
WHERE s.submission IS NULL
