"""Shared code of voice engines: phones, words, loudness and output files."""
