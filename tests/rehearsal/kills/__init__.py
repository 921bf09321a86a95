"""Kills an `up` at its resource boundaries, and looks whether running it again is all that it takes."""
