"""The checks of `callsheet doctor`, each with the command that fixes a problem."""
