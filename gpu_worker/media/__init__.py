"""Reading and writing media with ffmpeg."""
