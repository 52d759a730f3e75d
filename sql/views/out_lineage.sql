-- out_lineage: which cells a period figure rests on; for a ledger its row numbers and their count, never its contents
-- part: value; of a ratio part and whole, of a growth base as well; beside the value year_to_date, last_year, growth, target (as ranges)
-- grain: indicator, period, part, cell; reads: lineage, submission
SELECT l.indicator, l.period, l.unit_code, l.source_period, l.value, l.submission AS submission_id, s.path AS file, l.sheet, l.cells, l.part
FROM lineage l
JOIN submission s ON s.office = l.office AND s.submission = l.submission
