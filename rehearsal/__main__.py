"""`python -m rehearsal`: see `rehearsal.command`."""

import sys

from rehearsal.command import main

sys.exit(main(sys.argv[1:]))
