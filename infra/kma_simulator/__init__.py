"""A stand-in for the KMA's ASOS hourly service: its contract over HTTP, synthetic or replayed weather.

    app, admin routes: the service itself and `/_simulator/…` for tests and demos
    contract   parameters in, refusals (`codes`) or a page of rows (`rows`) out; `envelopes` wraps both
    keys, quota, clock, calls    what else shapes a response
    faults, fault_catalogue, fault_plans    what an answer can be instead of true, drawn at random, and when
    tampering, delivery, connection    how a fault changes the page, the HTTP response, the TCP connection
    sources    the protocol of `synthetic` (weather made from a seed) and `replay` (real observations)
    server, cli, testing    how it is started

Run it with `python -m infra.kma_simulator --help`.
"""
