"""The one process that decides: reads events, decides states, dispatches, sweeps, tidies up."""
