"""The commands of `callsheet`, one module per noun; they use the public API."""
