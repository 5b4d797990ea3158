from __future__ import annotations

import pandas as pd
import pytest

from textseg.errors import InputError
from textseg.simulate import simulate, write

FILES = {
    "feedback.csv", "transactions.csv", "customers.csv", "truth.csv", "feedback_truth.csv",
    "README.md",
}  # fmt: skip


@pytest.fixture(scope="module")
def shop():
    return simulate(40, seed=2)


def test_all_files_are_written_and_read_back(shop, tmp_path):
    folder = write(shop, tmp_path / "new" / "shop")
    assert {path.name for path in folder.iterdir()} == FILES
    read = pd.read_csv(folder / "feedback.csv", keep_default_na=False, na_values=[""])
    assert list(read["text"]) == list(shop.feedback["text"])
    assert read["rating"].notna().sum() == shop.feedback["rating"].notna().sum()
    orders = pd.read_csv(folder / "transactions.csv", parse_dates=["order_date"])
    assert list(orders["order_date"]) == list(shop.transactions["order_date"])
    assert "Refund chasers" in (folder / "README.md").read_text(encoding="utf-8")


def test_the_same_seed_gives_the_same_bytes(shop, tmp_path):
    one, two = write(shop, tmp_path / "one"), write(simulate(40, seed=2), tmp_path / "two")
    for name in FILES:
        assert (one / name).read_bytes() == (two / name).read_bytes()


def test_an_empty_folder_is_filled(shop, tmp_path):
    (tmp_path / "shop").mkdir()
    assert write(shop, tmp_path / "shop").joinpath("truth.csv").exists()
    assert [path.name for path in tmp_path.iterdir()] == ["shop"]


def test_a_folder_with_something_in_it_is_left_alone(shop, tmp_path):
    (tmp_path / "mine.txt").write_text("keep")
    with pytest.raises(InputError, match="is not empty") as caught:
        write(shop, tmp_path)
    assert caught.value.hint == "Name a new or an empty folder."
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_a_file_is_not_a_folder(shop, tmp_path):
    (tmp_path / "shop").write_text("keep")
    with pytest.raises(InputError, match="is a file, not a folder"):
        write(shop, tmp_path / "shop")
    with pytest.raises(InputError, match="cannot be written"):
        write(shop, tmp_path / "shop" / "below")
    assert (tmp_path / "shop").read_text() == "keep"


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), KeyboardInterrupt()])
def test_a_broken_write_leaves_nothing(shop, tmp_path, monkeypatch, error):
    to_csv = pd.DataFrame.to_csv

    def fail(frame, path, **options):
        if path.name == "customers.csv":
            raise error
        return to_csv(frame, path, **options)

    monkeypatch.setattr(pd.DataFrame, "to_csv", fail)
    expected = InputError if isinstance(error, OSError) else KeyboardInterrupt
    with pytest.raises(expected):
        write(shop, tmp_path / "shop")
    assert list(tmp_path.iterdir()) == []
