"""The commands of `callsheet`, a module for each noun; they speak to servers as any client does."""
