"""Voices: synthesize the text of a scene, with the times of its words and phones."""
