"""Engines that find the face and frame it."""
