"""Declarations and settings: what every process may know. Standard library only."""
