"""Captions: cut into groups, set in lines, drawn as pictures, placed beside the face."""
