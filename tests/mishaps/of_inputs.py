"""Mishaps of the files that a run is given."""

from __future__ import annotations

from mishaps.mishap import ORDERS, REVIEWS, Mishap, parquet, table, workbook, zipped

FILES = [
    Mishap(
        "A file is missing",
        "run review.csv",
        "review.csv does not exist.\nDid you mean 'reviews.csv' or 'orders.csv'?",
    ),
    Mishap(
        "Orders are missing",
        "run reviews.csv --transactions order.csv",
        "order.csv does not exist.\nDid you mean 'orders.csv' or 'reviews.csv'?",
    ),
    Mishap(
        "A pattern fits no file",
        "run 2025-*.csv",
        "No file fits the pattern 2025-*.csv.\nIt was looked for in {any}.",
    ),
    Mishap(
        "A file is empty",
        "run empty.csv",
        "empty.csv is empty.\nExport it again.",
        {"empty.csv": ""},
    ),
    Mishap(
        "A file has a header only",
        "run header.csv",
        "header.csv has column names but no rows.\nExport it again.",
        {"header.csv": "text,date\n"},
    ),
    Mishap(
        "A header is blank",
        "run blank.csv",
        "blank.csv: the first line should hold the column names, but is blank.",
        {"blank.csv": ",,\n1,2,3\n"},
    ),
    Mishap(
        "A binary file is named .csv",
        "run photo.csv",
        "photo.csv is a binary file, not text.\n"
        "The name's ending must say what it is: .csv, .tsv, .jsonl (also .gz), .parquet, "
        ".xlsx.",
        {"photo.csv": b"\x89PNG\0\0\1" * 9},
    ),
    Mishap(
        "An Excel file is named .csv",
        "run book.csv",
        "book.csv holds an Excel file or a zip archive, not a table as text.\n"
        "Let its name end in .xlsx, or unpack it.",
        {"book.csv": workbook(Reviews=REVIEWS)},
    ),
    Mishap(
        "JSON is named .csv",
        "run answer.csv",
        "answer.csv holds JSON, not a table as text.\nLet its name end in .jsonl or .json.",
        {"answer.csv": '{"text": "It broke", "id": 3}\n'},
    ),
    Mishap(
        "A download is the page of a login",
        "run login.csv",
        "login.csv holds a web page or XML, not a table as text.\n"
        "Open it in a browser: it may say what went wrong; export it again.",
        {"login.csv": "<!DOCTYPE html>\n<html><body>Please log in</body></html>\n"},
    ),
    Mishap(
        "A file is in an archive",
        "run reviews.zip",
        "reviews.zip is of a kind that is not read (.zip).\n"
        "Unpack it; CSV, TSV and JSON may be packed with gzip.",
        {"reviews.zip": b"PK"},
    ),
    Mishap(
        "A link leads nowhere",
        "run latest.csv",
        "latest.csv is a link to may.csv, which leads nowhere.\nMend the link.",
        prepare=lambda folder: (folder / "latest.csv").symlink_to("may.csv"),
    ),
    Mishap(
        "A shell variable is not set",
        "run ''",
        "The name of an input is empty.\nName a file; a shell variable may not be set.",
    ),
    Mishap(
        "A kind of file that is not read",
        "run letter.docx",
        "letter.docx is of a kind that is not read (.docx).\n"
        "Read are CSV, TSV and JSON (also .gz), Parquet, Excel, folders of Parquet or "
        "CSV, URL::table, and - for standard input.",
        {"letter.docx": "x"},
    ),
    Mishap(
        "A gzip file is cut off",
        "run cut.csv.gz",
        "cut.csv.gz is truncated or damaged: Compressed file ended before the "
        "end-of-stream marker was reached.\n"
        "Export or copy it again.",
        {"cut.csv.gz": zipped(REVIEWS)[:-40]},
    ),
    Mishap(
        "A .gz file is no gzip",
        "run plain.csv.gz",
        "plain.csv.gz is not a gzip file, or something else stands behind its end.\n"
        "Drop the .gz from its name if it is not packed; else pack it again.",
        {"plain.csv.gz": REVIEWS},
    ),
    Mishap(
        "A Parquet file is cut off",
        "run cut.parquet",
        "cut.parquet is not Parquet, or is truncated: {any}.\nExport or copy it again.",
        {"cut.parquet": parquet(REVIEWS)[:-40]},
    ),
    Mishap(
        "An Excel file is none",
        "run cut.xlsx",
        "cut.xlsx is not an Excel file, or is damaged: {any}.\nExport it again.",
        {"cut.xlsx": workbook(Reviews=REVIEWS)[:-40]},
    ),
    Mishap(
        "A sheet is missing",
        "run book.xlsx --set feedback.sheet=Review",
        "book.xlsx has no sheet 'Review'.\nDid you mean 'Reviews'?",
        {"book.xlsx": workbook(Reviews=REVIEWS)},
    ),
    Mishap(
        "Two sheets have data",
        "run book.xlsx",
        "book.xlsx has data on 2 sheets: 'Reviews', 'Tickets'.\n"
        'Say which: --set feedback.sheet="Reviews"',
        {"book.xlsx": workbook(Reviews=REVIEWS, Tickets=REVIEWS)},
    ),
    Mishap(
        "The wrong encoding is forced",
        "run latin.csv --set feedback.encoding=utf-8",
        "latin.csv, line 3: UTF-8 expected, got the byte 0xf6.\n"
        "Save it as UTF-8, or say its encoding: --set feedback.encoding=cp1252",
        {"latin.csv": table("id,text", "1,Good", "2,Größe passt nicht").encode("latin-1")},
    ),
    Mishap(
        "An encoding that does not exist",
        "run reviews.csv --set feedback.encoding=utf-9",
        "There is no encoding 'utf-9'.\n"
        "Common ones: utf-8, utf-16, cp1252 (Windows, Western Europe), latin-1, cp1250, "
        "cp1251.",
    ),
    Mishap(
        "A row is too long",
        "run long.csv",
        "long.csv, row 2: 2 fields expected, as in the header, got 3.\n"
        "Quote texts that hold the separator or a line break; export it again if cut.",
        {"long.csv": table("id,text", "1,a", "2,b,c", '3,"d"')},
    ),
    Mishap(
        "A quote is never closed",
        "run open.csv",
        "open.csv is truncated, or a quote is never closed (noticed in line 3).\n"
        "Export it again, with quotes inside a text doubled.",
        {"open.csv": table("id,text", '1,"It broke', "2,Fine")},
    ),
    Mishap(
        "A line is not JSON",
        "run bad.jsonl",
        "bad.jsonl, line 2: this is not JSON (Invalid control character at).\n"
        "JSON lines hold one object a line; the file may be truncated.",
        {"bad.jsonl": '{"text": "a"}\n{"text": "b\n'},
    ),
    Mishap(
        "A line is JSON, but no object",
        "run list.jsonl",
        "list.jsonl, line 2: a JSON object expected, got the number 7.\n"
        'JSON lines hold one object a line, such as {"text": "..."}; or the file is one '
        "array.",
        {"list.jsonl": '{"text": "a"}\n7\n'},
    ),
    Mishap(
        "An object has two arrays",
        "run answer.json",
        "answer.json is one object with several arrays: 'tickets', 'users'.\n"
        "Save the array that is meant as a file of its own.",
        {"answer.json": '{"tickets": [{"text": "It broke"}], "users": [{"id": 1}]}'},
    ),
    Mishap(
        "A file is given twice",
        "run reviews.csv ./reviews.csv",
        "reviews.csv was given twice.\nName each input once.",
    ),
    Mishap(
        "A database is missing",
        "run sqlite:///shop.db::reviews",
        "shop.db does not exist.\n"
        "sqlite:///shop.db::reviews reads shop.db in this folder, "
        "sqlite:////data/shop.db::reviews an absolute path.",
    ),
    Mishap(
        "An address on the web",
        "run https://example.com/reviews.csv",
        "Addresses on the web are not read (https://...).\nDownload the file first.",
    ),
]

COLUMNS = [
    Mishap(
        "No column has the text",
        "run stars.csv",
        "stars.csv: no column with the customer's text was found among 'id', 'stars'.\n"
        "Say which: --text COL (feedback.text in the settings)",
        {"stars.csv": table("id,stars", "1,5", "2,4")},
    ),
    Mishap(
        "Two columns may be the text",
        "run two.csv",
        "two.csv: the columns 'comment' and 'review' could both be the text.\n"
        "Say which: --text COL (feedback.text in the settings)",
        {
            "two.csv": table(
                "comment,review", "It came late,The lamp broke", "Very kind,It fits well"
            )
        },
    ),
    Mishap(
        "A column that was named is missing",
        "run reviews.csv --text Text",
        "reviews.csv has no column 'Text', which feedback.text names.\nDid you mean 'text'?",
    ),
    Mishap(
        "Two columns have one name",
        "run same.csv",
        "same.csv has more than one column named 'text'.\n"
        "Rename them, so that every column has a name of its own.",
        {"same.csv": table("text,text", "a,b", "c,d")},
    ),
    Mishap(
        "Only the company's answers are there",
        "run replies.csv",
        "replies.csv: no column with the customer's text was found among 'id', 'reply' "
        "('reply' looks like the company's answer).\n"
        "Say which: --text COL (feedback.text in the settings)",
        {
            "replies.csv": table(
                "id,reply", "1,We are sorry to hear that", "2,Thank you for writing"
            )
        },
    ),
    Mishap(
        "All texts are empty",
        "run none.csv",
        "No feedback is left of 2 rows: no text (2).\n"
        "Say which column has the text: --text COL (feedback.text in the settings)",
        {"none.csv": table("id,text", "1,", "2,  ")},
    ),
    Mishap(
        "Ten texts are too few for topics",
        "run ten.csv",
        "Topics need at least 30 distinct texts that say something, got 10.\n"
        "Add more feedback, or check which column was taken for the text.",
        {"ten.csv": "\n".join(REVIEWS.splitlines()[:11]) + "\n"},
    ),
    Mishap(
        "Orders have no customer",
        "run reviews.csv --transactions sums.csv",
        "sums.csv: orders need a customer; none was found among 'date', 'amount'.\n"
        "Say which: --set transactions.customer=COL",
        {"sums.csv": table("date,amount", "2025-01-31,5.5")},
    ),
    Mishap(
        "Orders have no amount",
        "run reviews.csv --transactions free.csv",
        "free.csv: orders need an amount, or a quantity and a unit price; not found among"
        " 'customer_id', 'date'.\n"
        "Say which: --set transactions.amount=COL",
        {"free.csv": table("customer_id,date", "C01,2025-01-31")},
    ),
    Mishap(
        "No customer of the feedback is in the orders",
        "run reviews.csv --transactions others.csv",
        "No customer of the feedback is in the orders: feedback has 'C00', 'C01', 'C02'; "
        "orders have 'K-00', 'K-01', 'K-02'.\n"
        "Ids are compared as text, case and leading zeros count. Check --customer and "
        "transactions.customer.",
        {"others.csv": ORDERS.replace("C", "K-")},
    ),
]

VALUES = [
    Mishap(
        "The order of day and month cannot be decided",
        "run days.csv",
        "days.csv, column 'date': the order of day and month cannot be decided; "
        "'01/02/2025' in row 1 reads as both.\n"
        "Say which: --set feedback.date_order=dmy (or mdy); or write the dates as "
        "YYYY-MM-DD.",
        {"days.csv": table("text,date", "It broke,01/02/2025", "Too late,03/04/2025")},
    ),
    Mishap(
        "More than 5 % of the dates cannot be read",
        "run dates.csv",
        "dates.csv, column 'date': 1 of 2 dates cannot be read as YYYY-MM-DD; the first "
        "is '31 Foo 2025' in row 2.\n"
        "At most 5 % may be unreadable. Write the dates as YYYY-MM-DD, and zones as "
        "offsets such as +05:30.",
        {"dates.csv": table("text,date", "It broke,2025-01-31", "Too late,31 Foo 2025")},
    ),
    Mishap(
        "All orders lie in the future",
        "run reviews.csv --transactions future.csv",
        "future.csv: no order line is left of 40 rows: date in the future (40).\n"
        "Check the column of dates, and the clock of this machine.",
        {"future.csv": ORDERS.replace("2025-", "2099-")},
    ),
    Mishap(
        "Nothing is left up to the as-of date",
        "run reviews.csv --as-of 2001-01-01",
        "No feedback is left of 40 rows: after the as-of date (40).\n"
        "Give a later day than --as-of 2001-01-01, or none: then it is the latest day in the "
        "tables.",
    ),
    Mishap(
        "An amount is not a number",
        "run reviews.csv --transactions nan.csv",
        "nan.csv: 1 of 2 amounts cannot be read as finite numbers; the first is in row 2 "
        "(column 'amount': 'NaN').\n"
        "At most 5 % may be. Mend the column, or name another: --set "
        "transactions.amount=COL",
        {"nan.csv": table("customer_id,date,amount", "C01,2025-01-31,5.5", "C02,2025-01-31,NaN")},
    ),
    Mishap(
        "An amount is infinite",
        "run reviews.csv --transactions inf.csv",
        "inf.csv: 1 of 2 amounts cannot be read as finite numbers; the first is in row 2 "
        "(column 'amount': 'inf').\n"
        "At most 5 % may be. Mend the column, or name another: --set "
        "transactions.amount=COL",
        {"inf.csv": table("customer_id,date,amount", "C01,2025-01-31,5.5", "C02,2025-01-31,inf")},
    ),
    Mishap(
        "An amount may be 1.234 or 1234",
        "run reviews.csv --transactions marks.csv",
        "marks.csv, column 'amount': '1.234' in row 1 may be 1.234 or 1234, and the "
        "other values do not tell.\n"
        'Say which mark splits off the decimals: --set transactions.decimal="." or ",".',
        {
            "marks.csv": table(
                "customer_id;date;amount", "C01;2025-01-31;1.234", "C02;2025-01-31;2.345"
            )
        },
    ),
    Mishap(
        "Amounts are in two currencies",
        "run reviews.csv --transactions mixed.csv",
        "mixed.csv: the amounts are in 2 currencies: EUR (2 rows), USD (1 row); the "
        "first USD is in row 3.\n"
        "Name a column in one currency (--set transactions.amount=COL), or say what each "
        "is worth: [transactions.rates] EUR = 1.0, USD = ...",
        {
            "mixed.csv": table(
                "customer_id,date,amount,currency",
                "C01,2025-01-31,5.5,EUR",
                "C02,2025-01-31,7.5,EUR",
                "C03,2025-01-31,9.5,USD",
            )
        },
    ),
]
