"""Writers: make a screenplay from a text or a topic."""
