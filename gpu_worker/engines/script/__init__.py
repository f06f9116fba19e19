"""Writers: from a text or a topic to a screenplay."""
