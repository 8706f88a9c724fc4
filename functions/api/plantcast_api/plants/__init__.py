"""The routes on plants: profiles, advice, calendars, notices."""
