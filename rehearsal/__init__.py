"""The whole platform on one machine: real Pulumi engine, real Kubernetes API server, simulated nodes."""
