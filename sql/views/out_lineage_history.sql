-- out_lineage_history: which cells a period figure rested on; the same question of known_from and known_to as out_indicator_period_history
-- grain: indicator, period, known_from, cell; reads: lineage, figure, lineage_past, submission
SELECT l.indicator, l.period, l.unit_code, l.source_period, l.value, l.submission AS submission_id, s.path AS file, l.sheet, l.cells,
       l.part, f.known_from, NULL AS known_to
FROM lineage l
JOIN figure f ON f.office = l.office AND f.indicator = l.indicator AND f.period = l.period
JOIN submission s ON s.office = l.office AND s.submission = l.submission
UNION ALL
SELECT p.indicator, p.period, p.unit_code, p.source_period, p.value, p.submission, s.path, p.sheet, p.cells, p.part, p.known_from, p.known_to
FROM lineage_past p
JOIN submission s ON s.office = p.office AND s.submission = p.submission
