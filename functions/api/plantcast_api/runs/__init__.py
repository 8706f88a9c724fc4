"""The routes on runs of the pipeline."""
