"""The index and the health check."""
