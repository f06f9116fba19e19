"""Engines of the stage `sound`: voices, music and effects in one track."""
