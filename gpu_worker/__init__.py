"""The data plane: a worker process of one environment and the engines it keeps warm."""
