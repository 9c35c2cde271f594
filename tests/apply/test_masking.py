"""What a failed program said last is shown without credentials."""

from __future__ import annotations

from django_operator.apply import diagnose


def test_last_words_hold_no_credentials() -> None:
    """A traceback with the URL of a database names everything but the password."""
    said = diagnose._said({"exitCode": 1, "message": "Traceback:\n  cannot reach postgres://shop:hunter2@db/shop"})
    assert "hunter2" not in said
    assert "postgres://shop:***@db/shop" in said
