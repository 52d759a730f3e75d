"""What is kept how long, copies of everything, and how long the disk will do."""
