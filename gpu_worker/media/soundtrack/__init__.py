"""Make and measure sound: music, effects, beats, loudness and the mix."""
