"""The way of a plan."""
