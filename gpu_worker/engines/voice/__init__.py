"""Voices: from a scene's text to speech and the times of what is said in it."""
