"""A local deployment: emulator, simulated KMA, the processes behind them, and LocalStack."""
