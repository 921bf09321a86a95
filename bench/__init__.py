"""Measurements of the program against a floor, as ratios within one run. `make bench` runs them."""
