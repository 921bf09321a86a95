"""What others watch the platform by: metrics, alerts, a dashboard."""
