"""What is uploaded to Lambda, built and held against its limits: `python -m infra.build`."""
