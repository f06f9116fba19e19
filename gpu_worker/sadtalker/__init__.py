"""SadTalker, from the operator's checkout, in a separate warm process beside the worker.

It needs its own process because its package is called `src`, it prints to standard output, and it
changes global state (warnings, numpy). None of its code is in this repository.
"""
