"""Projects: from a sample video, through a plan that is talked into shape, to a finished one."""
