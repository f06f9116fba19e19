"""Engines that need torch: `make test-torch` runs these in the environments that have it."""
