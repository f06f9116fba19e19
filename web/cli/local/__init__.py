"""How the whole system is set up, started, watched and ended on one machine."""
