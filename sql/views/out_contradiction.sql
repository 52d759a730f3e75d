-- out_contradiction: what two forms tell differently; both figures are shown, neither overwrites the other
-- grain: indicator, other indicator, period; reads: contradiction
SELECT c.indicator, c.other, c.period, c.value, c.other_value
FROM contradiction c
