"""What people decide and are told: rules, cases, targets, the outbox, settings."""

import sqlalchemy as sa
from alembic import op

from storage.migrations.first.shapes import ID, TIME, foreign, own_id, primary


def make() -> None:
    _rule()
    _rule_version()
    _case()
    _spike()
    _case_mention()
    _case_log()
    _target()
    _outbox()
    _setting()


def _rule() -> None:
    op.create_table(
        "rule",
        own_id(),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("sample", sa.Boolean(), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("evaluated_to", sa.JSON(), nullable=False),
        primary("rule", "id"),
        sa.UniqueConstraint("name", name=op.f("uq_rule_name")),
    )


def _rule_version() -> None:
    op.create_table(
        "rule_version",
        sa.Column("rule_id", ID, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        foreign("rule_version", "rule_id"),
        primary("rule_version", "rule_id", "version"),
    )


def _case() -> None:
    op.create_table(
        "case",
        own_id(),
        sa.Column("brand_id", ID, nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("level", sa.String(length=10), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("owner", sa.Text(), nullable=True),
        sa.Column("department", sa.Text(), nullable=True),
        sa.Column("start_at", TIME, nullable=False),
        sa.Column("end_at", TIME, nullable=False),
        sa.Column("first_mention_at", TIME, nullable=True),
        sa.Column("opened_at", TIME, nullable=False),
        sa.Column("acknowledged_at", TIME, nullable=True),
        sa.Column("responded_at", TIME, nullable=True),
        sa.Column("response", sa.JSON(), nullable=True),
        sa.Column("resolved_at", TIME, nullable=True),
        sa.Column("verdict", sa.String(length=20), nullable=True),
        sa.Column("snoozed_until", TIME, nullable=True),
        sa.Column("escalated_at", TIME, nullable=True),
        sa.Column("targets", sa.JSON(), nullable=False),
        sa.Column("explanation", sa.JSON(), nullable=True),
        sa.Column("sample", sa.Boolean(), nullable=False),
        foreign("case", "brand_id"),
        primary("case", "id"),
    )
    op.create_index(op.f("ix_case_brand_id_case_start_at"), "case", ["brand_id", "start_at"])
    op.create_index(op.f("ix_case_status_case_opened_at"), "case", ["status", "opened_at"])


def _spike() -> None:
    op.create_table(
        "spike",
        own_id(),
        sa.Column("rule_id", ID, nullable=False),
        sa.Column("rule_version", sa.Integer(), nullable=False),
        sa.Column("brand_id", ID, nullable=False),
        sa.Column("case_id", ID, nullable=False),
        sa.Column("start_at", TIME, nullable=False),
        sa.Column("end_at", TIME, nullable=False),
        sa.Column("measure", sa.String(length=20), nullable=False),
        sa.Column("figures", sa.JSON(), nullable=False),
        foreign("spike", "brand_id"),
        foreign("spike", "case_id"),
        foreign("spike", "rule_id"),
        primary("spike", "id"),
        sa.UniqueConstraint("rule_id", "brand_id", "start_at", name=op.f("uq_spike_rule_id_brand_id_start_at")),
    )
    op.create_index(op.f("ix_spike_case_id"), "spike", ["case_id"])


def _case_mention() -> None:
    op.create_table(
        "case_mention",
        sa.Column("case_id", ID, nullable=False),
        sa.Column("mention_id", ID, nullable=False),
        foreign("case_mention", "case_id"),
        foreign("case_mention", "mention_id"),
        primary("case_mention", "case_id", "mention_id"),
    )
    op.create_index(op.f("ix_case_mention_mention_id"), "case_mention", ["mention_id"])


def _case_log() -> None:
    op.create_table(
        "case_log",
        own_id(),
        sa.Column("case_id", ID, nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("what", sa.String(length=40), nullable=False),
        sa.Column("detail", sa.JSON(), nullable=False),
        foreign("case_log", "case_id"),
        primary("case_log", "id"),
    )
    op.create_index(op.f("ix_case_log_case_id"), "case_log", ["case_id"])


def _target() -> None:
    op.create_table(
        "target",
        own_id(),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("secret", sa.Text(), nullable=True),
        sa.Column("levels", sa.JSON(), nullable=False),
        sa.Column("lang", sa.String(length=8), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        primary("target", "id"),
        sa.UniqueConstraint("name", name=op.f("uq_target_name")),
    )


def _outbox() -> None:
    op.create_table(
        "outbox",
        own_id(),
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("case_id", sa.BigInteger(), nullable=True),
        sa.Column("target_id", ID, nullable=False),
        sa.Column("payload", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_try_at", TIME, nullable=False),
        sa.Column("last_error", sa.Text(), nullable=True),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("sent_at", TIME, nullable=True),
        foreign("outbox", "case_id"),
        foreign("outbox", "target_id"),
        primary("outbox", "id"),
        sa.UniqueConstraint("key", name=op.f("uq_outbox_key")),
    )
    op.create_index(op.f("ix_outbox_state_outbox_next_try_at"), "outbox", ["state", "next_try_at"])


def _setting() -> None:
    op.create_table(
        "setting",
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("value", sa.JSON(), nullable=False),
        sa.Column("changed_at", TIME, nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        primary("setting", "name"),
    )
