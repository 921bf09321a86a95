"""What must hold between resources, and within one beyond its form. Every check is linear in what it looks at."""
