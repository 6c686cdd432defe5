"""Alembic, set up without a file; imported only by those who migrate."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.util import CommandError
from sqlalchemy import Connection

from app.errors import SettingsWrong

_MIGRATIONS = Path(__file__).parent / "migrations"


def migrations() -> Config:
    """Alembic's configuration, from any working directory."""
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config


def upgrade(connection: Connection) -> None:
    """Bring the tables to the newest revision, inside the connection's transaction."""
    config = migrations()
    config.attributes["connection"] = connection
    try:
        command.upgrade(config, "head")
    except CommandError:
        raise SettingsWrong("The database was made by a newer version of Mohala; run that one.") from None
