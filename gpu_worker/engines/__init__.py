"""One folder a stage, one module an engine. Engines know nothing of each other."""
