"""What preview and `up` refuse: changes that cost something, unless they are said to be meant."""
