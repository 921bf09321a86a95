"""What runs: init, web, task, frontend, OPA, the collector, the assistant."""
