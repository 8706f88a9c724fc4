"""What is uploaded to AWS or an emulator: artefacts of functions and layers, the dashboard."""
