"""A stand-in for the KMA's ASOS hourly service: its contract over HTTP, synthetic or replayed weather.

    app        the service's one operation, and `/_simulator/…` to watch and steer it
    service    parameters in, a page of rows (`rows`, wrapped by `envelopes`) or a refusal out
    contract   the request's parameters and the result codes
    synthetic  weather computed from a seed; `replay` serves real observations

Run it with `python -m infra.kma_simulator --help`.
"""
