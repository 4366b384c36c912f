"""What holds for every test: none fails for being slow on a busy machine."""

from hypothesis import settings

settings.register_profile("patient", settings(), deadline=None)
settings.load_profile("patient")
