"""Engines that make the portrait speak."""
