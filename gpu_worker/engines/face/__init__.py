"""Engines that find the face in a picture and frame it for the video."""
