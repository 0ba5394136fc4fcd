"""Reading all files of a tree: what the cache knows of it, and the rest by all cores."""
