"""What was not said, or not heard, in words: of a voice gone quiet, and of sources that cannot be heard.

Said from the figures that a case is stored with, so that its sentence is made again in any language and zone.
"""

from collections.abc import Sequence
from datetime import datetime, tzinfo

MOST_NAMED = 5  # sources that a sentence names


def gone_quiet(since: datetime, lang: str, tz: tzinfo, *, gap: float, usual: float, limit: float) -> str:
    """`gap`, `usual` and `limit` in hours."""
    when = _moment(since, lang, tz)
    if lang == "zh":
        return (
            f"自 {when} 起没有提及，已 {gap} 小时。通常每 {usual} 小时有一条，超过 {limit} 小时的间隔很少见。"
            "来源无法访问的时间不计在内。"
        )
    return (
        f"No mention since {when}: {gap} hours. Usually one comes every {usual} hours, and a pause over {limit} hours is "
        "rare. The time in which nothing could be heard is not counted."
    )


def not_heard(brand: str, sources: Sequence[tuple[str, datetime]], lang: str, tz: tzinfo, *, of: int) -> str:
    """`sources` by name, each with when it was last heard, `of` so many that are listened to."""
    n, more = len(sources), len(sources) - MOST_NAMED
    if lang == "zh":
        said = [f"“{name}”自 {_moment(since, lang, tz)} 起" for name, since in sources[:MOST_NAMED]]
        said += [f"另有 {more} 个"] if more > 0 else []
        return (
            f"{brand}的 {of} 个来源中有 {n} 个收不到：{'；'.join(said)}。此后那里的声音不在任何数字里，安静不等于平静。"
            "恢复后事件自动关闭。"
        )
    said = [f"“{name}” since {_moment(since, lang, tz)}" for name, since in sources[:MOST_NAMED]]
    said += [f"and {more} more"] if more > 0 else []
    return (
        f"We went blind at {n} of {of} sources of {brand}: {'; '.join(said)}. What was said there since then is in no "
        "figure: quiet there is not calm. The case closes by itself when they are heard again."
    )


def _moment(when: datetime, lang: str, tz: tzinfo) -> str:
    return f"{when.astimezone(tz):{'%Y年%m月%d日 %H:%M' if lang == 'zh' else '%Y-%m-%d %H:%M'}}"
