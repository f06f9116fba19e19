"""`callsheet autoscale`: as many workers of an environment as its work asks for."""
