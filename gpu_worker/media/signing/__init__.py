"""Sign a finished video: the certificate, and the statement of how it was made (C2PA)."""
