"""Fingerprints of files: computed in a confined child, and compared with those that are refused."""
