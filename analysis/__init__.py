"""Analyses of skill and data; nothing deployed imports them."""
