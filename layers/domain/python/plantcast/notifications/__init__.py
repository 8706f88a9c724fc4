"""Notices to people: one for each change of a plant's state, one for each failed run, none twice.

`notifier` judges every plant after a run and decides what is told, `outbox` tells it exactly once, `quiet`
says when nobody is disturbed, `states` keeps how each plant is, `wording` and `bodies` are what people read.
"""
