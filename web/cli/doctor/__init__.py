"""What `callsheet doctor` looks at: a machine's parts, each with what would mend it."""
