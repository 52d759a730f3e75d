-- out_lineage: which cells a period figure rests on; for a ledger its row numbers and their count, never its contents
-- grain: indicator, period, cell; reads: lineage, submission
SELECT l.indicator, l.period, l.unit_code, l.source_period, l.value, l.submission AS submission_id, s.path AS file, l.sheet, l.cells
FROM lineage l
JOIN submission s ON s.office = l.office AND s.submission = l.submission
