"""Uploads: received into a temporary file, checked layer by layer, stored by digest."""
