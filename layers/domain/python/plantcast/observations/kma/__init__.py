"""The KMA's hourly service: client, envelopes, daily quota."""
