"""Edit clips to one video: timeline, framing, colours, effects, transitions and text."""
