"""Engines that sharpen a still or a clip."""
