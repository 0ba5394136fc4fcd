"""From fixes to the batches of a plan, each proven before the next is made."""
