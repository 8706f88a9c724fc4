"""The KMA as a source: its hourly service (`asos`), and the files of its portal (`portal_csv`)."""
