"""The nine kinds of the Forail operator: names, models and definitions."""
