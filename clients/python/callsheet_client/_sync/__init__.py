# Made of ../_async/__init__.py by `make clients`; change it there.
"""The asynchronous client, from which the blocking one is made."""
