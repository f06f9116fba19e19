"""HTTP middleware: callers, rates, time-outs, headers, errors and tracing."""
