"""Who sends which event of a sequence, in what order, on which paths."""
