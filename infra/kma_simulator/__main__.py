"""`python -m infra.kma_simulator`."""

import sys

from infra.kma_simulator.cli import main

sys.exit(main())
