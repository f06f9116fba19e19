"""The REST API: one blueprint per resource, and their schemas."""
