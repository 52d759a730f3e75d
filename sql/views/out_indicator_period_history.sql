-- out_indicator_period_history: every figure that was ever shown; known_from <= :t AND (known_to IS NULL OR known_to > :t) is what was known at :t
-- grain: indicator, period, known_from; reads: figure, figure_past
SELECT f.indicator, f.title, f.section, f.kind, f.unit, f.period, f.value, f.status, f.reported_units, f.expected_units,
       f.year_to_date, f.last_year, f.growth_pct, f.growth_source, f.target, f.progress_pct, f.known_from, NULL AS known_to
FROM figure f
UNION ALL
SELECT p.indicator, p.title, p.section, p.kind, p.unit, p.period, p.value, p.status, p.reported_units, p.expected_units,
       p.year_to_date, p.last_year, p.growth_pct, p.growth_source, p.target, p.progress_pct, p.known_from, p.known_to
FROM figure_past p
