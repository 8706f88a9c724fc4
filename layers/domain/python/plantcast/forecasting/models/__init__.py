"""Models of one target: trees, ridge regression, networks, and their combination with the baselines."""
