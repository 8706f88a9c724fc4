"""Observations of today from the KMA's API Hub (kma_sfctm3.php): provisional until the ASOS service has them.

text      reads the service's tables
client    calls the service
live      brings a station's hours up to the last one out
"""
