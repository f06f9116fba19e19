"""Serve a video model of the operator's own by OpenAI's videos API (`docs/open-weights.md`).

It runs in the model's environment and not in one of ours, because their pins conflict. So it needs
the standard library, ffmpeg and what the model's loader imports, and nothing else of this project.
"""
