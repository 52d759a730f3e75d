"""Nights without a person: server, schedules and worker on one machine, or a worker of a district."""
