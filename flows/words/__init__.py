"""The office's own words about its figures: confirmed, corrected, taken back, printed again."""
