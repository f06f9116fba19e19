"""Engines and models: registry, devices, GPU memory, weights."""
