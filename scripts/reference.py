"""Write docs/reference.md from the typed spec. `--check` writes nothing and exits 1 when the file is stale."""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from django_operator.stack.reference import is_stale, reference  # noqa: E402

if __name__ == "__main__":
    page = ROOT / "docs" / "reference.md"
    if "--check" in sys.argv[1:]:
        sys.exit(f"{page.relative_to(ROOT)} is stale: run scripts/reference.py" if is_stale(page) else 0)
    page.parent.mkdir(exist_ok=True)
    page.write_text(reference())
