"""What keeps state: credentials, claims, Postgres, Redis, backups."""
