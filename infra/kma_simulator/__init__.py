"""A stand-in for the KMA's services and Open-Meteo: their contracts over HTTP, synthetic or replayed weather.

    app         the operations, and `/_simulator/…` to watch and steer them; `transport` carries their replies
    service     what all share: weather, keys, clock, `behaviour`, `calls`
    portal      what services of data.go.kr share: result codes, paging; `envelopes` writes their answers
    asos        hourly observations up to yesterday (`contract`, `rows`)
    short_term  the KMA's short-term forecast, getVilageFcst
    api_hub     hourly observations up to the last hour, kma_sfctm3.php
    open_meteo  forecasts of other models, and their past ones
    guidance    forecasts made from the weather to come
    synthetic   weather computed from a seed; `replay` serves real observations

Run it with `python -m infra.kma_simulator --help`.
"""
