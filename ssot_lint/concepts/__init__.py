"""What claims to be a configured concept, what it owes, who uses it, and whether it can be replaced."""
