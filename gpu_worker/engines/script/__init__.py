"""Engines that write the screenplay."""
