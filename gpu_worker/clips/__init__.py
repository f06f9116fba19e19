"""Local clip models: a moving clip from a picture or a prompt, on a CPU, without a key."""
