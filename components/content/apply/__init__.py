"""Checked resources as custom resources in the cluster."""
