"""The steps of the state machines, one module each, and the records of their runs."""
