"""Open-Meteo's forecast service and its previous-runs service, which share path and parameters."""
