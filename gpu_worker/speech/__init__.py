"""What voice engines have in common: phones, words, loudness, the files they hand on."""
