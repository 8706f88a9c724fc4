"""Features of a forecast origin and of (origin, lead) pairs, for training and inference alike."""
