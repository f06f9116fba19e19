"""Stored files: stage cache, eviction, retention, references, cleanup and backup."""
