-- out_district_indicator: the period figures of every office in this warehouse, side by side
-- grain: office, indicator, period; reads: figure, office
SELECT o.name AS office, f.indicator, f.period, f.value, f.status, f.reported_units, f.expected_units, f.year_to_date, f.last_year, f.growth_pct
FROM figure f
JOIN office o ON o.office = f.office
