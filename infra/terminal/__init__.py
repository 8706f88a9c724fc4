"""Output for people at a terminal: results, progress, errors, interrupts."""
