"""Plantcast: forecasts of temperature and humidity from KMA ASOS observations, and what they mean for plants.

Domain code only. Lambda handlers live in `functions/` and depend on this package, never the other way;
only `aws` uses boto3.
"""

__version__ = "0.1.0"
