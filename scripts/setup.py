"""Entry of the set-up; kept to words that any Python can read, so that an old one can say that it is too old."""

import sys

OLDEST = (3, 11)


def complaint(version):  # type: (tuple[int, ...]) -> str | None
    """What to tell the owner of a Python that is too old, or None."""
    if tuple(version[:2]) >= OLDEST:
        return None
    found = ".".join(str(number) for number in tuple(version[:3]))
    return (
        "Mohala needs Python 3.11 or newer, and this is Python "
        + found
        + ": install a newer one, or name it, as in `make run PYTHON=python3.12`."
    )


if __name__ == "__main__":
    too_old = complaint(sys.version_info[:3])
    if too_old:
        sys.stderr.write(too_old + "\n")
        sys.exit(1)
    from pathlib import Path

    sys.path.insert(0, str(Path(__file__).resolve().parent))  # PYTHONSAFEPATH leaves it out
    import environment

    sys.exit(environment.main(sys.argv[1:]))
