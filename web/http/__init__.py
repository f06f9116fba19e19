"""HTTP middleware: who calls, how often, how slowly; headers, errors and tracing of every
answer."""
