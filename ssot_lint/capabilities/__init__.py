"""Where the calls of a capability are made, under whatever name."""
