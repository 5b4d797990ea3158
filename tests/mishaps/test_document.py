from __future__ import annotations

from mishaps.cases import CASES
from mishaps.document import PAGE, page


def test_the_page_is_up_to_date():
    written = PAGE.read_text(encoding="utf-8")
    assert written == page(CASES), "run: python tests/mishaps/document.py"
