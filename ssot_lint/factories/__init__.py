"""Where instances of concepts are made, where they are kept, and what they are made for."""
