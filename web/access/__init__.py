"""Authenticate callers, authorise access to sessions and jobs, and keep session ids secret."""
