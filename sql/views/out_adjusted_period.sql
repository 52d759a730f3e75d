-- out_adjusted_period: period figures that a word of the office has changed, as reported and as adjusted
-- grain: indicator, period; reads: reported, figure
SELECT r.indicator, r.period, r.value AS reported_value, r.status AS reported_status, f.value AS adjusted_value, f.status AS adjusted_status
FROM reported r
LEFT JOIN figure f ON f.office = r.office AND f.indicator = r.indicator AND f.period = r.period
