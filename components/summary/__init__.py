"""What an `up` does to a running platform, from what the engine plans: for the terminal and for a pull request."""
