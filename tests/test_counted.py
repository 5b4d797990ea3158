from __future__ import annotations

import pytest

from textseg.counted import counted

SAID = {
    (0, "row"): "0 rows",
    (1, "row"): "1 row",
    (2, "row"): "2 rows",
    (12345, "text"): "12,345 texts",
    (1, "currency", "currencies"): "1 currency",
    (3, "currency", "currencies"): "3 currencies",
}


@pytest.mark.parametrize("arguments", SAID)
def test_one_is_no_plural(arguments):
    assert counted(*arguments) == SAID[arguments]
