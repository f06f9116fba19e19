"""Jobs as their owners see them: quoted, taken in, cancelled, tried again."""
