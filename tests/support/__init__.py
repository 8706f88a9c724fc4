"""Set-up, examples and fakes that several tests use."""
