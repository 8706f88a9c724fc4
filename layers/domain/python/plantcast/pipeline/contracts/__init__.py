"""Inputs and outputs of the steps, one model each."""
