"""The routes on the model registry."""
