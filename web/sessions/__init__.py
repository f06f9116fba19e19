"""Sessions, and what belongs to each: its directory, its uploads, its people's consent."""
