"""收表: a file comes in and is recognised, read, checked, loaded and settled."""
