"""The routes on issued forecasts, and those that compute one."""
