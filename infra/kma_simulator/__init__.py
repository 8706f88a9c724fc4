"""A stand-in for the KMA's ASOS hourly service: its contract over HTTP, synthetic or replayed weather.

    app        the service's one operation, and `/_simulator/…` to watch and steer it
    service    parameters in, a page of rows (`rows`) or a refusal (`codes`) out; keys and the daily quota
    contract   the request's parameters; `envelopes` wraps the answers
    sources    the protocol of `synthetic` (weather computed from a seed) and `replay` (real observations)
    server, cli, testing    how it is started

Run it with `python -m infra.kma_simulator --help`.
"""
