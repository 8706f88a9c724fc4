"""The HTTP API: routes and their models. Slim on purpose: no data libraries are imported."""
