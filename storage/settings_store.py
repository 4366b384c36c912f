"""What people set for the whole installation: small named JSON values."""

from datetime import datetime
from typing import Any

from sqlalchemy import delete, select

from storage.engine import Tx
from storage.schema_cases import setting
from storage.sql import upsert


def get_setting(tx: Tx, name: str, default: Any = None) -> Any:
    """The value people set; `default` when nobody has, or has taken it back."""
    found = tx.execute(select(setting.c.value).where(setting.c.name == name)).one_or_none()
    return default if found is None or found.value is None else found.value


def set_setting(tx: Tx, name: str, value: Any, *, who: str, now: datetime) -> None:
    """Set a value; None takes it back."""
    if value is None:
        tx.execute(delete(setting).where(setting.c.name == name))
        return
    row = {"name": name, "value": value, "changed_at": now, "who": who}
    upsert(tx, setting, [row], replace=("value", "changed_at", "who"))


def all_settings(tx: Tx) -> dict[str, Any]:
    rows = tx.execute(select(setting.c.name, setting.c.value).order_by(setting.c.name))
    return {name: value for name, value in rows if value is not None}
