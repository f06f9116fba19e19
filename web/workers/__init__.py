"""Worker nodes as the control plane sees them: capabilities, tokens and store rights."""
