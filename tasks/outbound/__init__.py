"""Requests to addresses that people enter: only where they may go, bounded in time and size."""
