"""Tests that fail as long as a violation is there."""
