"""Engines that let a face speak."""
