"""Copies of classes and functions: exact, renamed and near."""
