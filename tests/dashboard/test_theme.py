"""Colours keep their word: readable in light and dark, the template's grounds are the theme's."""

import re
import tomllib
from itertools import combinations
from pathlib import Path

import pytest

from dashboard import theme
from dashboard.theme import DARK, LEVELS, LIGHT, Palette

CONFIG = tomllib.loads((Path(__file__).parents[2] / ".streamlit" / "config.toml").read_text("utf-8"))


def luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("palette", [LIGHT, DARK], ids=["light", "dark"])
def test_ink_and_fills_stand_out(palette: Palette) -> None:
    for ink in (palette.ink, palette.muted, palette.accent):
        assert contrast(ink, palette.ground) >= 4.5
    for fill in (theme.NEGATIVE, theme.POSITIVE, LEVELS["red"], LEVELS["blue"]):
        assert contrast(fill, palette.ground) >= 2.9


@pytest.mark.parametrize("palette", [LIGHT, DARK], ids=["light", "dark"])
def test_words_on_the_primary_colour_are_readable(palette: Palette) -> None:
    for fill in (CONFIG["theme"][palette.name]["primaryColor"], palette.accent):  # at rest, and under the pointer
        assert contrast(fill, palette.on_primary) >= 4.5


@pytest.mark.parametrize("level", list(LEVELS))
def test_level_words_are_readable_on_their_colour(level: str) -> None:
    style = (Path(theme.__file__).parent / "components" / "cards.css").read_text(encoding="utf-8")
    fill, ink = re.search(rf"\.fp-level\.{level} {{ background: (#\w+); color: (#\w+); }}", style).groups()
    assert fill == LEVELS[level]
    assert contrast(fill, ink.replace("#fff", "#ffffff")) >= 4.4


def test_sentiments_differ_in_more_than_hue() -> None:
    """Told apart by a colour-blind reader: unsure by its hatching, the others by how light they are or where they stand."""
    for one, other in combinations((theme.NEGATIVE, theme.NEUTRAL), 2):
        assert contrast(one, other) >= 1.4


@pytest.mark.parametrize("palette", [LIGHT, DARK], ids=["light", "dark"])
def test_charts_stand_on_the_themes_ground(palette: Palette) -> None:
    section = CONFIG["theme"][palette.name]
    assert section["backgroundColor"] == palette.ground
    assert section["textColor"] == palette.ink
    assert contrast(section["linkColor"], palette.ground) >= 4.5


def test_nothing_is_fetched_from_elsewhere() -> None:
    assert "://" not in str(CONFIG["theme"])
    assert CONFIG["browser"]["gatherUsageStats"] is False
    assert CONFIG["server"]["enableXsrfProtection"] is True
    assert CONFIG["server"]["address"] == "127.0.0.1"


def test_only_one_file_makes_html_and_only_two_touch_storage() -> None:
    room = Path(theme.__file__).parent
    for path in room.rglob("*.py"):
        code = path.read_text("utf-8")
        name = str(path.relative_to(room))
        assert "unsafe_allow_html" not in code, name
        if "st.html(" in code:
            assert name == "components/cards.py"
        if "import storage\n" in code or "from storage import" in code:
            assert name in ("queries.py", "decisions.py", "bench.py"), name
