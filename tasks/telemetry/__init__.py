"""Host metrics, the metrics server and tracing."""
