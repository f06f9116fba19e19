"""Who asks, what they may reach, and how their keys are kept out of everything inside."""
