"""The plantcast command line."""
