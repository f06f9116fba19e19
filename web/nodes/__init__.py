"""Worker nodes as the control plane sees them: how many are wanted, and what each may do."""
