"""A small soak with every run of the tests; `make soak` is the whole one."""

from tests.soak.run import soak


def test_half_an_hour_of_sixty_sources_loses_nothing_and_starves_nobody() -> None:
    report = soak(60, 30, timeout=4.0)
    assert report.hostile == 20
    assert report.failed > 20
    assert report.published > 500
    assert report.faults == []
