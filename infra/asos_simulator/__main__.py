"""`python -m infra.asos_simulator`."""

import sys

from infra.asos_simulator.cli import main

sys.exit(main())
