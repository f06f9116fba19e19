"""Analytics: figures of each day, kept when its jobs are long gone, and their report."""
