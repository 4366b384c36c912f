"""A soak: hundreds of sources, a third of them hostile, hours of simulated polls in minutes. `python -m tests.soak --help`."""
