"""What completes the emulator for tests that enforce roles; on its PYTHONPATH, so nothing else lies here."""

JOURNAL = "PLANTCAST_JUDGEMENTS"
"""Variable that names the file each decision is appended to."""
PLAIN_HTTP = "over-plain-http"
"""Name of a session whose requests are checked as what they are, unencrypted."""
