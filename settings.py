"""Settings of one installation, from the environment or a `.env` file, prefix `FENGPING_`.

Every setting has a default that works. Relative paths are taken from the working directory once, when
settings are read, so that child processes and later changes of directory see the same files.
What people decide (brands, sources, rules) is not here: it lives in the store.
"""

import os
import re
from functools import lru_cache
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from errors import SettingsError

SQLITE_NAME = "fengping.db"
LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")


class Settings(BaseSettings):
    model_config = SettingsConfigDict(
        env_prefix="FENGPING_",
        env_file=".env",
        env_file_encoding="utf-8",
        env_ignore_empty=True,  # FENGPING_HOME= is no folder, it is a line nobody filled in
        extra="ignore",
        frozen=True,
    )

    home: Path = Field(Path("data"), description="Folder for the store, logs and exports.")
    database_url: str = Field("", description="SQLAlchemy URL; empty means SQLite in the home folder.")
    model: str = Field("", description="Directory or hub id of a sentiment model; empty means the shipped one.")
    allow_hosts: Annotated[tuple[str, ...], NoDecode] = Field(
        (), description="host:port pairs, comma-separated, that may be fetched although not public."
    )
    port: int = Field(8501, ge=1, le=65535, description="Port of the dashboard.")
    host: str = Field("127.0.0.1", description="Address the dashboard listens on.")
    inbox_port: int = Field(8502, ge=0, le=65535, description="Port of POST /mentions and /metrics; 0 turns both off.")
    inbox_host: str = Field("127.0.0.1", description="Address the inbox listens on.")
    inbox_token: str = Field("", description="Bearer token of POST /mentions; empty refuses every push.")
    host_gap: float = Field(1.0, ge=0, le=3600, description="Seconds between two requests to one host; 0 is allowed.")
    source_timeout: float = Field(30.0, gt=0, le=600, description="Seconds one source may take, redirects included.")
    max_bytes: int = Field(10_000_000, ge=1_000, description="Largest document, after decompression, in bytes.")
    max_entries: int = Field(1_000, ge=1, description="Most entries taken from one source in one collection.")
    fetch_threads: int = Field(8, ge=1, le=64, description="Sources fetched at the same time.")
    parse_processes: int = Field(2, ge=1, le=32, description="Processes that parse documents.")
    cycle_seconds: float = Field(15.0, gt=0, le=86_400, description="Seconds between two looks for due sources.")
    unsure_below: float = Field(0.5, ge=0, le=1, description="A reading less confident than this counts as unsure.")
    user_agent: str = Field(
        "Fengping/0.1 (brand monitor; reads public feeds and reviews)",
        description="How the fetcher names itself to servers.",
    )
    public_url: str = Field("", description="Address people reach the dashboard at, for links in notifications.")
    timezone: str = Field("Asia/Shanghai", description="Zone for dates without one, and of notifications.")
    log_level: str = Field("INFO", description="DEBUG, INFO, WARNING or ERROR.")

    @field_validator("allow_hosts", mode="before")
    @classmethod
    def _split_hosts(cls, value: object) -> object:
        if isinstance(value, str):
            return tuple(part.strip() for part in value.replace(";", ",").split(",") if part.strip())
        return value

    @field_validator("allow_hosts", mode="after")
    @classmethod
    def _with_ports(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for one in value:
            host, _, port = one.rpartition(":")
            if not host or not port.isascii() or not port.isdigit():
                raise ValueError(f"'{one}' has no port; write host:port, as 127.0.0.1:8080")
        return value

    @field_validator("timezone", mode="after")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise ValueError("there is no such zone; write one like Asia/Shanghai or Europe/Berlin") from None
        return value

    @field_validator("user_agent", mode="after")
    @classmethod
    def _fits_a_header(cls, value: str) -> str:
        if not (value.isascii() and value.isprintable() and value.strip()):
            raise ValueError("a header holds plain ASCII alone; write a name like MyMonitor/1.0 (me@example.org)")
        return value.strip()

    @field_validator("log_level", mode="after")
    @classmethod
    def _known_level(cls, value: str) -> str:
        if value.upper() not in LOG_LEVELS:
            raise ValueError(f"write one of {', '.join(LOG_LEVELS)}")
        return value.upper()

    @field_validator("home", mode="after")
    @classmethod
    def _absolute_home(cls, value: Path) -> Path:
        return Path(os.path.expanduser(value)).absolute()  # which never raises, as Path's own does for ~nobody

    @field_validator("model", mode="after")
    @classmethod
    def _at_home(cls, value: str) -> str:
        return os.path.expanduser(value)

    @property
    def store_url(self) -> str:
        """The database's SQLAlchemy URL, absolute when it is an SQLite file."""
        if not self.database_url:
            return f"sqlite:///{self.home / SQLITE_NAME}"
        from sqlalchemy.engine import make_url  # here: half a second that commands without a store need not pay
        from sqlalchemy.exc import ArgumentError

        try:
            # as services hand it out, and PostgreSQL's own tools take it
            url = make_url(re.sub("^postgres://", "postgresql://", self.database_url))
        except ArgumentError as error:
            raise SettingsError(
                "FENGPING_DATABASE_URL is not a database URL; write sqlite:///file.db or "
                "postgresql+psycopg://user:password@host/name"
            ) from error
        if url.get_backend_name() not in ("sqlite", "postgresql"):
            raise SettingsError(
                f"FENGPING_DATABASE_URL names {url.get_backend_name()}, which is not supported; use SQLite or PostgreSQL"
            )
        if url.get_backend_name() == "postgresql" and url.drivername == "postgresql":
            url = url.set(drivername="postgresql+psycopg")
        if url.get_backend_name() == "sqlite" and url.database and url.database != ":memory:":
            url = url.set(database=str(Path(os.path.expanduser(url.database)).absolute()))
        return url.render_as_string(hide_password=False)

    @property
    def link_base(self) -> str:
        return (self.public_url or web_address(self.host, self.port)).rstrip("/")


def web_address(host: str, port: int) -> str:
    """Where a server of ours is reached. An IPv6 address stands in brackets."""
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def load_settings(**overrides: object) -> Settings:
    """Read settings now. Raises SettingsError naming the variable that is wrong."""
    try:
        return Settings(**overrides)  # type: ignore[arg-type]
    except ValidationError as error:
        first = error.errors()[0]
        name = "FENGPING_" + "_".join(str(part) for part in first["loc"]).upper()
        said = first["msg"].removeprefix("Value error, ")
        raise SettingsError(f"{name}: {said} (given: {first.get('input')!r})") from error
    except UnicodeDecodeError as error:
        raise SettingsError("the .env file of this folder is not UTF-8 text; save it as UTF-8") from error
    except OSError as error:
        raise SettingsError(f"the .env file of this folder cannot be read ({error.strerror})") from error


@lru_cache(maxsize=1)
def get_settings() -> Settings:
    """Settings of this process, read once."""
    return load_settings()
