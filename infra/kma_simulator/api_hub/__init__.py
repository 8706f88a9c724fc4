"""The KMA's API Hub: hourly ASOS observations up to the last hour (kma_sfctm3.php)."""
