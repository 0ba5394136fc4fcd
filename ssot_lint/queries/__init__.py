"""Questions that many rules ask of a project: whose instance this is, what it offers, what it accepts, what bodies do."""
