"""What all routes share of HTTP: query parameters, errors, CORS, caching, compression, CSV, documentation."""
