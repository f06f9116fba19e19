"""SadTalker, from the operator's own checkout, in a warm process of its own beside the worker.

A process of its own because its package is called `src`, it prints where it likes and it
mends global things (warnings, numpy) as it pleases. Nothing of it is in this repository.
"""
