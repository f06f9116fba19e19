"""Check a video before it is delivered: faults, and marks of others."""
