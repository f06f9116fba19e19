"""Scripts that set environments up before anything is installed. Standard library only."""
