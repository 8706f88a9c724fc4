"""Guidance: forecasts that others publish, each issue with the hours it is valid for.

A guidance table is a DataFrame of one station with a row for each (issue, valid hour) and the columns
`COLUMNS`: `issued_at` and `valid_at` (full hours, Asia/Seoul), temperature `ta` (°C), relative humidity `hm`
(%), `sky` (1 clear, 3 mostly cloudy, 4 overcast) and probability of precipitation `pop` (%); NaN where a
source has none. Sorted by valid hour, then issue; no pair twice.
"""
