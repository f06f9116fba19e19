"""Analyse a sample video: what it is made of, shot by shot, and how it sounds."""
