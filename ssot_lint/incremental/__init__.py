"""What edits leave as it was, so that findings need not be made again."""
