"""The routes on stations, observations and their quality."""
