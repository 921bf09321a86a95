"""Vocabulary that every workload shares; it knows nothing of Forail."""
