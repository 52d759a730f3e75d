-- out_indicator_period: one row per indicator and period, for the town
-- grain: indicator, period; reads: figure
SELECT f.indicator, f.title, f.section, f.kind, f.unit, f.period, f.value, f.status, f.reported_units, f.expected_units,
       f.year_to_date, f.last_year, f.growth_pct, f.growth_source, f.target, f.progress_pct
FROM figure f
