-- a figure that says it has a value and has none, or the other way round
SELECT indicator, period FROM figure
WHERE (value IS NULL) = (status IN ('reported', 'zero', 'provisional'))
