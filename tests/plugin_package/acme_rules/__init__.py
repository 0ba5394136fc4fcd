"""The rules of a third party."""
