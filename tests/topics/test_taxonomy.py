from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from textseg.errors import InputError
from textseg.topics.taxonomy import read_taxonomy


def write(folder: Path, text: str, name: str = "taxonomy.csv") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_a_label_takes_rows_and_cells_with_several_examples(tmp_path):
    path = write(
        tmp_path,
        "label,examples\n"
        "Delivery,Where is my parcel?\n"
        'Refund,"I want my money back\nNo refund yet"\n'
        " Delivery ,It came late | Where is my parcel? | \n",
    )
    assert read_taxonomy(path) == {
        "Delivery": ("Where is my parcel?", "It came late"),
        "Refund": ("I want my money back", "No refund yet"),
    }
    assert list(read_taxonomy(str(path))) == ["Delivery", "Refund"]


@pytest.mark.parametrize("label", ["label", "Topic", " category ", "NAME"])
@pytest.mark.parametrize("example", ["examples", "example", "Text", "phrase"])
def test_columns_are_found_by_name(tmp_path, label, example):
    path = write(tmp_path, f"id;{example};{label}\n1;late parcel;Delivery\n")
    assert read_taxonomy(path) == {"Delivery": ("late parcel",)}


def test_label_wins_over_the_other_names(tmp_path):
    path = write(tmp_path, "name,text,label,examples\nEve,no,Delivery,late\n")
    assert read_taxonomy(path) == {"Delivery": ("late",)}


def test_other_kinds_of_tables_are_read(tmp_path):
    wanted = {"Délai": ("où est mon colis | perdu?",), "7": ("x",)}
    lines = '{"label": "Délai", "text": "où est mon colis | perdu?"}\n{"label": "7", "text": "x"}\n'
    split = {"Délai": ("où est mon colis", "perdu?"), "7": ("x",)}
    assert read_taxonomy(write(tmp_path, lines, "t.jsonl")) == split
    frame = pd.DataFrame({"label": [7, 7], "text": ["x", None]})
    frame.to_parquet(tmp_path / "t.parquet")
    assert read_taxonomy(tmp_path / "t.parquet") == {"7": wanted["7"]}


def test_rows_without_anything_are_skipped(tmp_path):
    assert read_taxonomy(write(tmp_path, "label,text\n,\nA,b\n , \n")) == {"A": ("b",)}


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        (
            "titel,text\nA,b\n",
            "{} has no column of labels: 'label' expected, got 'titel', 'text'.",
            "Name the column label, topic, category or name.",
        ),
        (
            "label,Satz\nA,b\n",
            "{} has no column of examples: 'examples' expected, got 'label', 'Satz'.",
            "Name the column examples, example, text or phrase.",
        ),
        (
            "label,text\nA,b\n ,c\n",
            "{}, row 2: a label was expected, got an empty cell.",
            "Repeat the label in every row of its examples.",
        ),
        (
            "label,text\nA,b\nB,\nC,d\nB,|\nB, | \n".replace(",|\n", ",\n"),
            "{}, row 2: the label 'B' has no example.",
            "Give at least one text that is about it; three to five are better.",
        ),
        (
            "label,text\nReturns,b\nA,c\nreturns,d\n",
            "{}, row 3: the label 'returns' is 'Returns' in row 1.",
            "Write a label the same way in all its rows.",
        ),
        ("label,text\n,\n", "{} has no labels.", "Give a label and an example in a row."),
    ],
)
def test_what_is_wrong_is_said(tmp_path, text, message, hint):
    path = write(tmp_path, text)
    with pytest.raises(InputError) as caught:
        read_taxonomy(path)
    assert caught.value.message == message.format(path)
    assert caught.value.hint == hint


def test_a_missing_file_is_said(tmp_path):
    write(tmp_path, "label,text\nA,b\n")
    with pytest.raises(InputError) as caught:
        read_taxonomy(tmp_path / "taxonmy.csv")
    assert caught.value.message == f"{tmp_path / 'taxonmy.csv'} does not exist."
    assert caught.value.hint == "Did you mean 'taxonomy.csv'?"


WORDS = st.text("abcdé ,;'\"-", min_size=1, max_size=12).map(str.strip).filter(bool)


@given(
    st.dictionaries(
        st.from_regex(r"[a-c]{1,3}", fullmatch=True),
        st.lists(WORDS, min_size=1, max_size=4, unique=True),
        min_size=1,
        max_size=4,
    )
)
def test_what_is_written_row_by_row_is_read_back(tmp_path_factory, taxonomy):
    rows = [(label, text) for label, texts in taxonomy.items() for text in texts]
    path = tmp_path_factory.mktemp("taxonomy") / "t.csv"
    pd.DataFrame(rows, columns=["label", "examples"]).to_csv(path, index=False)
    assert read_taxonomy(path) == {label: tuple(texts) for label, texts in taxonomy.items()}
