"""Engines of the stage `edit`: scenes joined to one video."""
