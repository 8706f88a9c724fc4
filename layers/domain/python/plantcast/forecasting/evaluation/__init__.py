"""Scores, backtests, and the decision whether a challenger replaces the champion."""
