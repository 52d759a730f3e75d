"""What a person types, and what the screen says."""
