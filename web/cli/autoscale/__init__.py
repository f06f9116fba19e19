"""`callsheet autoscale`: adjust the number of workers of an environment to its load."""
