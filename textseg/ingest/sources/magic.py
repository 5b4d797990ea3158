"""What a file holds, by its first bytes, where its name says something else."""

from __future__ import annotations

from textseg.errors import InputError

_RENAME = "Let its name end in {}."
_STARTS: dict[bytes, tuple[str, str]] = {
    b"\x1f\x8b": ("a gzip file", "Unpack it, or let its name end in .gz, once."),
    b"PK\x03\x04": ("an Excel file or a zip archive", "Let its name end in .xlsx, or unpack it."),
    b"\xd0\xcf\x11\xe0": ("an old Excel file", _RENAME.format(".xls")),
    b"PAR1": ("Parquet", _RENAME.format(".parquet")),
    b"BZh": ("a bzip2 file", "Unpack it, or pack it with gzip."),
    b"(\xb5/\xfd": ("a Zstandard file", "Unpack it, or pack it with gzip."),
    b"\xfd7zXZ": ("an xz file", "Unpack it, or pack it with gzip."),
    b"SQLite format 3": ("a SQLite database", "Write sqlite:///FILE::TABLE."),
    b"%PDF": ("a PDF", "Export the table as CSV."),
}
_MARKUP = ("<!doctype", "<html", "<?xml", "<table")
_PAGE = ("a web page or XML", "Open it in a browser: it may say what went wrong; export it again.")
_JSON = ("JSON", _RENAME.format(".jsonl or .json"))
_ENDINGS = "The name's ending must say what it is: .csv, .tsv, .jsonl (also .gz), .parquet, .xlsx."
_MOST_ZEROS = 0.05


def refuse_other_kinds(start: bytes, label: str) -> None:
    """Refuse what is not text.

    Parameters
    ----------
    start : bytes
        The first bytes, without a byte order mark.
    label : str
        What messages call the file.

    Raises
    ------
    InputError
        It is another kind of file; the message names those that are known.
    """
    known = next((said for sign, said in _STARTS.items() if start.startswith(sign)), None)
    if known is not None and (b"\0" in start or not start.isascii()):
        raise _holds(label, *known)
    if start.count(0) > _MOST_ZEROS * len(start):
        raise InputError(f"{label} is a binary file, not text.", hint=_ENDINGS)


def refuse_markup(line: str, label: str) -> None:
    """Refuse JSON and web pages, which a table of rows and columns does not begin like.

    Parameters
    ----------
    line : str
        The first line.
    label : str
        What messages call the file.

    Raises
    ------
    InputError
        It begins like one of them.
    """
    start = "".join(line.split()).lower()
    if start.startswith(('{"', '[{"')):
        raise _holds(label, *_JSON)
    if start.startswith(_MARKUP):
        raise _holds(label, *_PAGE)


def _holds(label: str, what: str, hint: str) -> InputError:
    return InputError(f"{label} holds {what}, not a table as text.", hint=hint)
