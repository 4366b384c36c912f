"""`python -m tests.soak [--sources 500] [--minutes 180]`: prints what it found, and fails when something is wrong."""

import argparse
import logging
import sys

from tests.soak.run import soak

FLAT = 0.10


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--sources", type=int, default=500)
    parser.add_argument("--minutes", type=float, default=180, help="of simulated time")
    parser.add_argument("--timeout", type=float, default=4.0, help="FENGPING_SOURCE_TIMEOUT of the run")
    given = parser.parse_args()
    logging.getLogger("fengping").setLevel(logging.CRITICAL)
    report = soak(given.sources, given.minutes, timeout=given.timeout, say=True)
    faults = report.faults
    if abs(report.growth) > FLAT:
        faults.append(f"memory is not flat: {report.growth:+.1%}")
    print("\n".join([*report.lines(), *(f"FAULT {fault}" for fault in faults)]))
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
