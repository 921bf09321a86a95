"""Coming from the vendor's Helm chart: its values become a stack file."""
