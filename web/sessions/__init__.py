"""User sessions: their lifecycle, directories, quotas and files."""
