"""Worker nodes: heartbeats, leases, GPU memory and what each node may do in Redis."""
