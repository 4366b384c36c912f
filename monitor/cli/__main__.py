"""`python -m monitor.cli` is the `fengping` command too."""

from monitor.cli import main

if __name__ == "__main__":
    main()
