"""The Python classes of the product's first design, implemented with the current services."""
