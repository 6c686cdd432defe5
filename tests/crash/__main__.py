"""`python -m tests.crash`; whoever is born again reads this file anew, so there is nothing else in it."""

from __future__ import annotations

import sys

if __name__ == "__main__":
    from tests.crash.command import main

    sys.exit(main())
