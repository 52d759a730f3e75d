"""The rows of the twenty forms: the demonstration's data, and the one place that may know particular forms."""
