"""Health, heartbeats, metrics and reports for operators."""
