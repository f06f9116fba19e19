"""Jobs: submitted, planned, dispatched, reported, cancelled and retried."""
