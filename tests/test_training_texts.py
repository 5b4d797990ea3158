from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

ROOT = Path(__file__).parents[1]
RECIPE = ROOT / "models" / "sentiment"
DATA = ROOT.parent / "shared" / "data"


@pytest.fixture(scope="module")
def sources() -> Any:
    """The recipe's module, which is no part of the package."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(RECIPE))
        import sources

        yield sources
    sys.modules.pop("sources", None)


def test_a_line_gives_the_text_and_its_parts(sources: Any) -> None:
    language, example = sources.read_line("0 {+}The food was lovely, {-}but we waited.")
    assert language == "en"
    assert example.text == "The food was lovely, but we waited."
    assert example.target == (0.0, 1.0, 0.0)
    assert [example.text[a:b] for a, b, _ in example.parts] == [
        "The food was lovely, ",
        "but we waited.",
    ]
    assert [target for *_, target in example.parts] == [(0.0, 0.0, 1.0), (1.0, 0.0, 0.0)]
    assert sources.read_line("de - {-}Nie wieder.")[0] == "de"


@pytest.mark.parametrize("line", ["", "- no mark", "x {+}what", "+ {+}", "english + {+}yes"])
def test_other_lines_are_refused(sources: Any, line: str) -> None:
    with pytest.raises(ValueError, match="not a labelled text"):
        sources.read_line(line)


def test_written_texts_are_many_and_of_all_signs(sources: Any) -> None:
    texts = [path.read_text(encoding="utf-8") for path in (RECIPE / "written").glob("*.txt")]
    read = [sources.read_line(line) for text in texts for line in text.splitlines()]
    labels = np.bincount([example.label for _, example in read])
    assert labels.sum() > 12_000
    assert labels.min() > 0.2 * labels.sum()
    assert {language for language, _ in read} == {"en", "de", "es", "fr", "pt"}


def test_twins_stay_on_one_side_of_a_split(sources: Any) -> None:
    written, _ = sources._written(RECIPE / "written")
    blocks: dict[str, set[int]] = {}
    for example, fold in zip(written.examples, written.folds, strict=True):
        blocks.setdefault(example.block, set()).add(int(fold))
    assert all(len(folds) == 1 for folds in blocks.values())
    assert set.union(*blocks.values()) == set(range(10))


def test_graded_targets_follow_the_raters(sources: Any) -> None:
    for score, label in ((-3.0, 0), (-1.0, 0), (0.0, 1), (1.0, 2), (3.5, 2)):
        target = sources.graded(score)
        assert sum(target) == pytest.approx(1)
        assert int(np.argmax(target)) == label
    assert sources.graded(0.5)[2] == pytest.approx(0.5)


@pytest.mark.skipif(not DATA.exists(), reason="the public sets are not beside the repository")
def test_no_text_of_the_shop_is_trained_on(sources: Any) -> None:
    import pandas as pd

    shop = {sources.normal(t) for t in pd.read_csv(DATA / "shop/feedback.csv").text}
    trained = [text for s in sources.training_sources(DATA, RECIPE / "written") for text in s.texts]
    assert len(trained) > 20_000
    assert shop.isdisjoint(map(sources.normal, trained))
