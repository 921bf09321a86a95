"""A stand-in for Django and Forail as bootstrap.py sees them: it refuses and forgets what the real ones do.

Every rule here was observed on the real backend: commands that reset or half-apply, groups that registering never turns
back, a cache that swallows its errors, values that only one key opens.
"""
