"""Commands of an operator: with `--stack` for one on AWS or LocalStack, else for the local deployment."""
