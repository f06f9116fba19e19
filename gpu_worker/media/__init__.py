"""Read and write media with ffmpeg."""
