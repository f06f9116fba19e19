"""The Python classes of the product's first design, on top of today's services."""
