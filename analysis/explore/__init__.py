"""`plantcast explore`: pictures of a station's observations, and of how well they would have been forecast.

`sources` reads observations, `scores` groups a backtest's pairs, `data_pictures` and `forecast_pictures`
draw in one `style`, `report` writes the pictures and a page that lists them. Pandas, the models and
matplotlib are imported only when the command is called.
"""
