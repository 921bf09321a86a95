"""Stand-in for the `kubernetes` plugin: every kind, against a real API server."""
