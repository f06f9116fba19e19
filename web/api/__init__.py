"""The REST API: a blueprint per noun, and their schemas."""
