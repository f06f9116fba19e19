"""Batches: many videos from one template, with one quote and one budget."""
