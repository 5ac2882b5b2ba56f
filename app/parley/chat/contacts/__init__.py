"""People one talks to, known by their contact records."""
