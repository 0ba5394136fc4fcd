"""Carrying a plan out and taking it back: locks, runs, gates, files."""
