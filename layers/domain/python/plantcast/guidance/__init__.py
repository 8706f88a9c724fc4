"""Guidance: forecasts that others publish, each issue with the hours it is valid for.

A guidance table is a DataFrame of one station with a row for each (issue, valid hour) and the columns
`COLUMNS` of `plantcast.guidance.table`: `issued_at` and `valid_at` (full hours, UTC+9), and the values

    ta   temperature, °C                    sky  1 clear, 3 mostly cloudy, 4 overcast
    hm   relative humidity, %               pty  precipitation: 0 none, 1 rain, 2 sleet, 3 snow, 4 shower
    ws   wind speed, m/s                    pcp  precipitation of the hour, mm
    wd   wind direction it blows from, °    pop  probability of precipitation, %

NaN where a source has none. Sorted by valid hour, then issue; no pair twice.
"""
