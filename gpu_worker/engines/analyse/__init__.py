"""Engines of the stage `analyse`: what a sample video shows and sounds like."""
