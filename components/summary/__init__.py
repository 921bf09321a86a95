"""What an `up` does to a running platform, from what the engine plans or does: for people."""
