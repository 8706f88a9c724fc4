"""`plantcast explore`: pictures of a station's observations, and of how well they would have been forecast.

`sources` reads, `climate` and `scores` compute, the `…_pictures` draw in one `style`, `page` lists what was
drawn, `report` does it all in order, `command` is the command line. Pandas, the models and matplotlib load
only when the command is called.
"""
