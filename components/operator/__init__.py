"""The operator release and the nine custom resource definitions."""
