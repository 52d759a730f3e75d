"""A figure back to its cells, a cell on to the figures, and what was printed of both."""
