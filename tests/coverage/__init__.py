"""Measures which lines `make test` reaches, in every process that it starts.

Before Python 3.12 a tracer makes all Python code slow, not only ours: the suite takes twice as
long, tests of limits fail, and a process that is killed loses what it noted. Here every
statement of ours notes its line itself, in a file that all processes map.
"""
