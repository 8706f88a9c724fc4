"""`python -m infra.cli`: the command line.

Importing it takes half a second. Until a command has something to clean up, Ctrl-C ends the process as it
ends any program, without a traceback.
"""

import signal

signal.signal(signal.SIGINT, signal.SIG_DFL)

from infra.cli.app import main  # noqa: E402  # the imports are what may be interrupted

main()
