"""The public vectors of RFC 6902 hold: npm's json-patch-test-suite 1.1.0, kept unchanged in rfc6902/ (Apache-2.0)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from django_operator.engine import json_patch
from django_operator.engine.errors import RenderError
from django_operator.engine.yamlio import parse

FOLDER = Path(__file__).parent / "rfc6902"
VECTORS = {
    f"{file}-{index}": vector
    for file in ("spec_tests", "tests")
    for index, vector in enumerate(json.loads((FOLDER / f"{file}.json").read_text(encoding="utf-8")))
    if "two 'op' members" not in vector.get("error", "")  # lost when JSON is read: test_duplicate_member has it
}


@pytest.mark.parametrize("name", VECTORS)
def test_vector(name: str) -> None:
    """The document becomes what the vector expects, or the patch is refused; the input is left as it was."""
    vector: dict[str, Any] = VECTORS[name]
    before = json.dumps(vector["doc"])
    if "error" in vector:
        with pytest.raises(RenderError):
            json_patch.apply(vector["doc"], vector["patch"])
    else:
        result = json_patch.apply(vector["doc"], vector["patch"])
        expected = vector.get("expected", result)  # some only say that the patch is accepted
        assert json.dumps(result, sort_keys=True) == json.dumps(expected, sort_keys=True)
    assert json.dumps(vector["doc"]) == before


def test_duplicate_member() -> None:
    """An operation that names `op` twice does not get past the reader."""
    with pytest.raises(RenderError, match="op"):
        parse('[{"op": "move", "op": "remove", "path": "/foo"}]', "patch.json")
