"""Engines of the stage `check`: what is wrong with a video before it is delivered."""
