-- out_meta: the contract's version and the finished state that readers see
-- grain: office; reads: meta
SELECT contract, state, computed_at
FROM meta
