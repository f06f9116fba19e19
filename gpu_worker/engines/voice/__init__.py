"""Engines that speak a scene."""
