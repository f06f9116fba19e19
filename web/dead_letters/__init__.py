"""Dead letters: what could not be applied is set aside with its reason, and the rest goes on."""
