"""汇总: period figures and the summary tables."""
