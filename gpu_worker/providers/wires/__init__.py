"""The formats of providers' requests: one module each. They know nothing of each other."""
