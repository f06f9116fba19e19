"""Whether the parts answer, and which processes there are."""
