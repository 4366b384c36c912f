"""The tables that migrations make are the tables that queries know; older and newer stores are told apart."""

import sqlite3
import subprocess
import sys
from datetime import datetime
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import MetaData, Table, create_engine, delete, insert, inspect, select, text

from errors import NewerSchema, StorageError
from storage import migrate, open_store, outbox, rules
from storage.engine import MIGRATIONS, revisions
from storage.judge import correct, mention_history, note, versions
from storage.pages import iter_rows
from storage.records import MentionFilter
from storage.schema import metadata
from storage.spikes import open_by_hand
from tests.storage.builders import NOW, a_brand, a_source, hold, say
from tests.storage.builders import store as put
from tests.storage.test_people import a_case

ROOT = Path(__file__).resolve().parents[2]


def test_migrations_make_exactly_the_tables_of_the_schema(store):
    with store.begin() as tx:
        options = {
            "compare_type": True,
            "include_name": lambda name, kind, _: not (kind == "table" and name.startswith("mention_words")),
        }
        assert compare_metadata(MigrationContext.configure(tx, opts=options), metadata) == []


def test_indexes_have_the_conditions_of_the_schema(store):
    with store.read() as tx:
        found = {index["name"]: index for index in inspect(tx).get_indexes("reading")}
    for name in ("ix_reading_unread", "ix_reading_flagged"):
        assert found[name]["dialect_options"], name


def test_migrating_works_from_any_folder_and_twice(tmp_path):
    target = tmp_path / "a folder with 100% odd name" / "store.db"
    code = f"import storage; storage.migrate('sqlite:///{target}'); storage.migrate('sqlite:///{target}')"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, env={"PYTHONPATH": str(ROOT)}, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    open_store(f"sqlite:///{target}").close()


def test_two_processes_may_migrate_at_once(tmp_path):
    code = f"import storage; storage.open_store('sqlite:///{tmp_path / 'store.db'}', migrate=True).close()"
    both = [subprocess.Popen([sys.executable, "-c", code], env={"PYTHONPATH": str(ROOT)}) for _ in range(2)]
    assert [one.wait() for one in both] == [0, 0]


def downgrade(connection, to: str) -> None:
    command.downgrade(migrations_on(connection), to)


def upgrade(connection, to: str) -> None:
    command.upgrade(migrations_on(connection), to)


def migrations_on(connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["connection"] = connection
    return config


@pytest.mark.parametrize("before", revisions()[:-1])
def test_an_older_store_is_refused_and_comes_up_to_date_with_what_it_holds(url, store, before):
    with store.begin() as tx:
        brand, source = a_brand(tx), a_source(tx)
        put(tx, source, say("1", "Acme is hot"), brands=[brand])
        held = list(iter_rows(tx, MentionFilter()))
        downgrade(tx, before)
    with pytest.raises(StorageError, match=r"older Fengping.*fengping up"):
        open_store(url)
    migrated = open_store(url, migrate=True)
    with migrated.begin() as tx:
        assert list(iter_rows(tx, MentionFilter())) == held
        assert hold(tx, brand, lambda text: {}) == (set(), {held[0].id})
        assert hold(tx, brand, lambda text: {brand.id: "Acme"}) == ({held[0].id}, set())
        assert list(iter_rows(tx, MentionFilter())) == held
    migrated.close()


def test_what_an_older_store_had_set_aside_waits_as_before(url, store):
    """In revision 0002 the mention itself was taken out and kept as JSON, with its history and what people said of it."""
    with store.begin() as tx:
        brand, source = a_brand(tx), a_source(tx)
        put(tx, source, say("1", "Acme is hot"), say("2", "Acme is cold, they say"), brands=[brand])
        put(tx, source, say("1", "Acme is hot and smokes"), brands=[brand])
        held = {row.external_id: row for row in iter_rows(tx, MentionFilter())}
        one = held["1"].id
        correct(tx, one, brand.id, "positive", who="li", now=NOW)
        note(tx, one, "call them", who="li", now=NOW)
        case = open_by_hand(tx, brand.id, "smoke", level="red", mention_ids=[one], who="li", now=NOW)
        told = (versions(tx, one), mention_history(tx, one))
        kept = {
            "mention": plain(tx, "mention", "id", one)[0],
            "said": {"corrected_to": "positive", "corrected_by": "li", "corrected_at": NOW.isoformat()},
            "mention_version": plain(tx, "mention_version", "mention_id", one),
            "mention_log": plain(tx, "mention_log", "mention_id", one),
            "case_mention": [{"case_id": case.id, "mention_id": one}],
        }
        downgrade(tx, "0002")
        old = Table("set_aside", MetaData(), autoload_with=tx)
        for table in ("reading", "mention_version", "mention_log", "case_mention"):
            tx.execute(text(f"DELETE FROM {table} WHERE mention_id = {one}"))
        tx.execute(text(f"DELETE FROM mention WHERE id = {one}"))
        again = {**kept, "mention": {**kept["mention"], "id": 99, "external_id": "2"}}  # and was collected again
        rows = [{"brand_id": brand.id, "mention_id": n, "source_id": source.id, "at": NOW} for n in (one, 99)]
        tx.execute(insert(old), [{**row, "kept": body} for row, body in zip(rows, (kept, again), strict=True)])
    migrated = open_store(url, migrate=True)
    with migrated.begin() as tx:
        assert [row.external_id for row in iter_rows(tx, MentionFilter())] == ["2"]
        assert hold(tx, brand, lambda text: {brand.id: "Acme"}) == ({one}, set())
        back = next(row for row in iter_rows(tx, MentionFilter()) if row.id == one)
        assert (back.text, back.sentiment, back.corrected_by, back.note) == (
            "Acme is hot and smokes", "positive", "li", "call them",
        )  # fmt: skip
        assert (versions(tx, one), mention_history(tx, one), back.cases) == (*told, (case.id,))
    migrated.close()


DECIDED = ("rule", "rule_version", "case", "spike", "case_mention", "case_log", "target", "outbox")


def test_a_store_whose_ids_were_given_again_keeps_all_that_was_decided(url, store, tmp_path):
    """SQLite makes these tables again, and what refers to them must not go with the old ones."""
    with store.begin() as tx:
        brand, source = a_brand(tx), a_source(tx)
        ids = put(tx, source, say("1"), brands=[brand]).new_ids
        rule = rules.add_rule(tx, "negative", {"floor": 3}, who="li", now=NOW)
        opened = a_case(tx, brand, rule, mention_ids=ids, targets={"respond_minutes": 5})
        duty = outbox.add_target(tx, "duty", url="json://x", kind="apprise", levels=["red"])
        outbox.enqueue(tx, "k", target_id=duty.id, case_id=opened.case_id, payload={"text": "差"}, now=NOW)
        before = decided(tx)
        assert all(before.values())
        if store.dialect == "postgresql":
            downgrade(tx, "0004")
    migrated = open_store(url if store.dialect == "postgresql" else aged(url, tmp_path / "old.db"), migrate=True)
    with migrated.begin() as tx:
        assert decided(tx) == before
        tx.execute(delete(metadata.tables["case"]))
        assert open_by_hand(tx, brand.id, "new", level="red", mention_ids=[], who="li", now=NOW).id > opened.case_id
        if store.dialect == "sqlite":
            assert tx.execute(text("PRAGMA foreign_key_check")).all() == []
    migrated.close()


def decided(tx) -> dict[str, list]:
    return {name: tx.execute(select(metadata.tables[name])).all() for name in DECIDED}


def aged(url: str, path: Path) -> str:
    """What a SQLite store holds, in the tables of revision 0004."""
    engine = create_engine(f"sqlite:///{path}")
    with engine.begin() as tx:
        upgrade(tx, "0004")
    engine.dispose()
    old = sqlite3.connect(path)
    old.execute("ATTACH ? AS new", (url.removeprefix("sqlite:///"),))
    for table in metadata.tables:
        names = ", ".join(f'"{row[1]}"' for row in old.execute(f'PRAGMA main.table_info("{table}")'))
        if names:  # else the table came later
            old.execute(f'INSERT INTO main."{table}" ({names}) SELECT {names} FROM new."{table}"')
    old.commit()
    assert old.execute(
        "SELECT count(*) FROM sqlite_master WHERE name = 'case' AND sql LIKE '%AUTOINCREMENT%'"
    ).fetchone() == (0,)
    old.close()
    return f"sqlite:///{path}"


def plain(tx, table: str, column: str, value: int) -> list[dict]:
    """Rows as JSON holds them."""
    rows = tx.execute(select(metadata.tables[table]).where(metadata.tables[table].c[column] == value)).mappings()
    return [{k: v.isoformat() if isinstance(v, datetime) else v for k, v in row.items()} for row in rows]


def test_there_and_back(tmp_path):
    migrate(f"sqlite:///{tmp_path / 'store.db'}")
    engine = create_engine(f"sqlite:///{tmp_path / 'store.db'}")
    with engine.begin() as connection:
        downgrade(connection, "base")
        assert set(inspect(connection).get_table_names()) - {"sqlite_sequence"} == {"alembic_version"}
    engine.dispose()


def test_a_store_of_a_newer_fengping_is_left_alone(url, store):
    with store.begin() as tx:
        tx.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    try:
        for migrating in (False, True):
            with pytest.raises(NewerSchema, match=r"newer Fengping .*9999"):
                open_store(url, migrate=migrating)
    finally:
        with store.begin() as tx:
            tx.execute(text("UPDATE alembic_version SET version_num = :last"), {"last": revisions()[-1]})


def test_an_older_or_missing_store_is_not_taken_for_a_good_one(tmp_path):
    with pytest.raises(StorageError, match="there is no store"):
        open_store(f"sqlite:///{tmp_path / 'none.db'}")
    (tmp_path / "empty.db").touch()
    with pytest.raises(StorageError, match="older Fengping"):
        open_store(f"sqlite:///{tmp_path / 'empty.db'}")
    assert not (tmp_path / "none.db").exists()


def test_a_wrong_address_is_said_in_words():
    with pytest.raises(StorageError, match="is not a database URL"):
        open_store("nonsense")
    with pytest.raises(StorageError, match="cannot be used"):
        open_store("oracle9://x/y", migrate=True)
