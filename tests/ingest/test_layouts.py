from __future__ import annotations

import re
from pathlib import Path

import pandas as pd
import pytest

from textseg.config import make_config
from textseg.errors import ConfigError, InputError
from textseg.ingest.amounts import parse_amounts
from textseg.ingest.columns import CUSTOMERS, FEEDBACK, TRANSACTIONS, find_columns
from textseg.ingest.layouts.facts import columns_needed, left_out, mend_cells
from textseg.ingest.layouts.layout import find_layout, layout_named, shipped_layouts
from textseg.ingest.read import Raw

SAMPLES = Path(__file__).parent / "layouts"
KINDS = {kind.section: kind for kind in (FEEDBACK, TRANSACTIONS, CUSTOMERS)}

EXPECTED = {
    "zendesk": {
        "text": "Description", "title": "Subject", "id": "Id", "customer": "Requester email",
        "date": "Created at", "rating": "Satisfaction Score", "channel": "Via"},
    "zendesk_explore": {
        "text": "Ticket subject", "id": "Ticket ID", "customer": "Requester email",
        "date": "Ticket created - Date", "rating": "Ticket satisfaction rating",
        "channel": "Ticket channel"},
    "intercom": {
        "text": "message_body", "id": "message_id", "customer": "message_author_user_id",
        "date": "message_created_at", "author": "message_author_type",
        "conversation": "conversation_id"},
    "intercom_conversations": {
        "text": "Conversation rating remark", "id": "Conversation ID", "customer": "User email",
        "date": "Conversation started at (America/New_York)", "rating": "Conversation rating",
        "channel": "Channel"},
    "freshdesk": {
        "text": "Description", "title": "Subject", "id": "Ticket ID", "customer": "Email",
        "date": "Created time", "rating": "Survey results", "channel": "Source"},
    "hubspot": {
        "text": "Ticket description", "title": "Ticket name", "id": "Ticket ID",
        "customer": "Associated Contact", "date": "Create date",
        "rating": "Last CSAT survey rating", "channel": "Source"},
    "trustpilot": {
        "text": "Review Content", "title": "Review Title", "id": "Review Id",
        "customer": "Review Consumer User Id", "date": "Review Created (UTC)",
        "rating": "Review Stars", "channel": "Source Of Review"},
    "google_play": {
        "text": "Review Text", "title": "Review Title", "date": "Review Submit Date and Time",
        "rating": "Star Rating"},
    "app_store": {
        "text": "Body", "title": "Title", "id": "Id", "customer": "Reviewer Nickname",
        "date": "Created Date", "rating": "Rating"},
    "shopify": {
        "customer": "Email", "date": "Created at", "quantity": "Lineitem quantity",
        "unit_price": "Lineitem price", "currency": "Currency", "order": "Name",
        "product": "Lineitem name"},
    "shopify_customers": {"customer": "Email"},
    "woocommerce": {
        "customer": "billing_email", "date": "order_date", "amount": "order_total",
        "currency": "order_currency", "order": "order_id"},
    "woocommerce_items": {
        "customer": "billing_email", "date": "order_date", "amount": "item_total",
        "quantity": "item_quantity", "currency": "order_currency", "order": "order_id",
        "product": "item_name"},
    "woocommerce_advanced": {
        "customer": "Email (Billing)", "date": "Order Date", "quantity": "Quantity (- Refund)",
        "unit_price": "Item Cost", "order": "Order Number", "product": "Item Name"},
    "stripe": {
        "customer": "Customer Email", "date": "Created date (UTC)", "amount": "Amount",
        "currency": "Currency", "order": "id"},
    "stripe_charges": {
        "customer": "customer", "date": "created", "amount": "amount", "currency": "currency",
        "order": "id"},
}  # fmt: skip


def sample(name: str) -> pd.DataFrame:
    path = next(SAMPLES.glob(f"{name}.*"))
    if path.suffix == ".jsonl":
        return pd.read_json(path, lines=True, dtype=False).astype("string")
    encoding = "utf-16" if name == "google_play" else "utf-8"
    return pd.read_csv(path, dtype="string", encoding=encoding)


def find(name: str, frame: pd.DataFrame, told: dict[str, str] | None = None) -> dict[str, str]:
    kind = KINDS[shipped_layouts()[name].kind]
    return find_columns(Raw(f"{name}.csv", None, name, frame), kind, told or {})


def test_every_layout_has_a_sample():
    assert set(shipped_layouts()) == set(EXPECTED) == {path.stem for path in SAMPLES.iterdir()}


@pytest.mark.parametrize("name", EXPECTED)
def test_a_sample_is_detected_without_an_option(name):
    assert find(name, sample(name)) == {"layout": name, **EXPECTED[name]}


@pytest.mark.parametrize("name", EXPECTED)
def test_no_column_of_the_company_is_taken(name):
    found = find(name, sample(name))
    company = set(layout_named(name).company)
    assert company.isdisjoint(found.values())


@pytest.mark.parametrize("name", EXPECTED)
def test_a_head_and_a_shuffled_header_give_the_same(name):
    frame = sample(name)
    assert find(name, frame.sample(frac=1, axis=1, random_state=3)) == find(name, frame)
    assert find(name, frame.rename(columns=str.upper)) == {
        meaning: column if meaning == "layout" else column.upper()
        for meaning, column in find(name, frame).items()
    }


@pytest.mark.parametrize("kind", KINDS)
def test_two_layouts_never_fit_a_sample_equally(kind):
    for name in EXPECTED:
        assert find_layout(name, sample(name).columns, kind, None) in (None, layout_named(name))


def test_what_the_caller_says_wins_over_the_layout():
    found = find("zendesk", sample("zendesk"), {"text": "Subject", "customer": "Requester id"})
    assert found["text"] == "Subject"
    assert found["customer"] == "Requester id"
    assert "title" not in found


def test_a_column_that_is_missing_or_empty_gives_way_to_the_next():
    frame = sample("zendesk")
    assert find("zendesk", frame.drop(columns="Description"))["text"] == "Subject"
    assert find("zendesk", frame.assign(Description=pd.NA))["text"] == "Subject"
    known = frame.assign(**{"Requester external id": ["C1", "C2", pd.NA]})
    assert find("zendesk", known)["customer"] == "Requester external id"
    plain = frame.drop(columns=["Requester email", "Requester external id"])
    assert find("zendesk", plain)["customer"] == "Requester id"


REAL = {
    "stripe": "id,Created date (UTC),Amount,Amount Refunded,Currency,Fee,Status,Customer Email",
    "trustpilot": "Review ID,Review Created (UTC),Review Stars,Review Content,Domain URL",
    "freshdesk": "Ticket ID,Subject,Status,Group,Created time,Resolved time,Contact ID",
    "hubspot": "Ticket name,Ticket status,Create date,All associated contact emails,Ticket owner",
    "app_store": "id,rating,title,body,reviewerNickname,createdDate,territory",
    "google_play": "Package Name,Star Rating,Review Text,Review Submit Millis Since Epoch",
    "intercom_conversations": "Conversation ID,Updated at (Europe/Berlin),"
    "Conversation rating remark,Conversation rating,User name,Company name,Agent rated type",
    "zendesk": "ID,Requester,Requester email,Subject,Created at,Status,Channel,Type,Satisfaction",
    "woocommerce": "order_id,date,status,order_total,refunded_total,billing_email",
    "woocommerce_advanced": "Order Number,Order Date,Email (Billing),SKU,Name,Quantity,Item Cost,"
    "Order Line Total,Order Line Total Refunded,Order Line Total (- Refund)",
    "shopify_customers": "First Name,Last Name,Email,Accepts Marketing,Total Spent,Total Orders",
}


@pytest.mark.parametrize("name", REAL)
def test_headers_that_others_have_seen_are_recognised(name):
    kind = shipped_layouts()[name].kind
    assert find_layout(name, REAL[name].split(","), kind, None) == layout_named(name)


def test_a_remark_in_brackets_is_overlooked_only_where_one_column_has_it():
    frame = sample("intercom_conversations")
    two = frame.assign(**{"Conversation started at (UTC)": "2024-02-01 15:00:00"})
    assert find("intercom_conversations", two)["date"] == "Updated at (America/New_York)"
    mirrored = two[two.columns[::-1]]
    assert find("intercom_conversations", mirrored) == find("intercom_conversations", two)


def test_rows_are_left_out_by_their_texts_too(run, tmp_path):
    path = tmp_path / "desk.toml"
    path.write_text(
        'title = "Desk"\nkind = "feedback"\nrequires = ["Body", "Desk"]\n[columns]\ntext = "Body"\n'
        '[[leave_out]]\ncolumn = "Body"\nvalues = ["test ticket"]\nreason = "a test"\n'
    )
    frame = pd.DataFrame({"Body": ["Test ticket", "The zip broke"], "Desk": 1})
    done = run(frame, config=make_config({"feedback": {"layout": str(path)}}))
    assert done.feedback["text"].to_list() == ["The zip broke"]


def test_a_layout_can_be_switched_off():
    frame = sample("google_play")
    assert "layout" not in find("google_play", frame, {"layout": "none"})


def test_a_layout_that_is_told_must_fit():
    with pytest.raises(InputError) as error:
        find("google_play", sample("google_play"), {"layout": "trustpilot"})
    assert (error.value.message, error.value.hint) == (
        "google_play.csv has not the layout 'trustpilot', which is for feedback and requires "
        "'Review Content', 'Review Stars'.",
        "Leave feedback.layout away to have it found out, or set it to 'none'.",
    )


def test_an_unknown_layout_is_named():
    with pytest.raises(ConfigError) as error:
        find("google_play", sample("google_play"), {"layout": "zendsk"})
    assert (error.value.message, error.value.hint) == (
        "There is no layout 'zendsk'.",
        "Did you mean 'zendesk'?",
    )


OWN = """
title = "Till receipts"
kind = "transactions"
requires = ["Bon", "Karte"]
[columns]
customer = "Karte"
order = "Bon"
"""


def test_a_layout_of_ones_own_is_a_file(write):
    path = write("till.toml", OWN)
    frame = pd.DataFrame({"Karte": ["1"], "Bon": ["2"], "customer_id": ["3"]})
    found = find_columns(Raw("till.csv", None, "t", frame), TRANSACTIONS, {"layout": str(path)})
    assert found == {"layout": str(path), "customer": "Karte", "order": "Bon"}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("customer =", "custmer ="), "columns.custmer: Did you mean 'customer'?."),
        (('"Bon", "Karte"', '"Bon"'), "at requires: Tuple should have at least 2 items"),
        (("title =", "titel ="), "at title: Field required"),
        (("[columns]", 'deduct = ["Pfand"]\n[columns]'), "deduct needs columns.amount"),
        (('"transactions"', '"orders"'), "at kind: Input should be 'feedback', 'transactions'"),
    ],
)
def test_a_wrong_layout_says_what_is_wrong(write, change, message):
    path = write("till.toml", OWN.replace(*change))
    with pytest.raises(ConfigError, match=r"The layout .*till\.toml is wrong") as error:
        layout_named(str(path))
    assert message in error.value.message


def test_two_layouts_that_fit_equally_are_a_question():
    columns = {
        name for each in ("trustpilot", "google_play", "freshdesk")
        for one in layout_named(each).requires for name in one
    }  # fmt: skip
    with pytest.raises(InputError) as error:
        find_layout("all.csv", sorted(columns), "feedback", None)
    assert (error.value.message, error.value.hint) == (
        "all.csv could be both Freshdesk tickets and Google Play reviews.",
        "Say which: --set feedback.layout=freshdesk or google_play or none",
    )


def mended(name: str) -> pd.DataFrame:
    frame = sample(name)
    return mend_cells(frame, find(name, frame), layout_named(name), label=name)


def kept(name: str) -> list[int]:
    frame = mended(name)
    out = pd.Series(False, index=frame.index)
    for _, where in left_out(frame, layout_named(name)):
        out |= where
    return frame.index[~out].to_list()


def test_columns_of_the_order_are_filled_down_within_it():
    frame = mended("shopify")
    assert frame["Email"].str[:2].to_list() == ["ad", "ad", "bo", "bo", "cy", "di", "di"]
    assert frame["Created at"].notna().all()
    assert frame["Total"].isna().sum() == 3
    assert mended("woocommerce_advanced")["Order Number"].to_list() == ["501", "501", "502"]
    assert mended("woocommerce_advanced")["Email (Billing)"][1] == "ada@example.com"


def test_an_order_without_a_value_takes_none_from_the_one_before():
    frame = sample("shopify").assign(Email=["a@example.com", *[None] * 6])
    filled = mend_cells(
        frame, find("shopify", sample("shopify")), layout_named("shopify"), label="s"
    )
    assert filled["Email"].isna().to_list() == [False, False, *[True] * 5]


@pytest.mark.parametrize(
    ("name", "rows"),
    [
        ("shopify", [0, 1, 4]),
        ("woocommerce", [0, 2]),
        ("woocommerce_items", [0, 1]),
        ("woocommerce_advanced", [0, 1]),
        ("stripe", [0, 2]),
        ("stripe_charges", [0, 2]),
        ("zendesk", [0, 1, 2]),
        ("hubspot", [0, 1, 2]),
    ],
)
def test_what_was_not_paid_is_left_out(name, rows):
    assert kept(name) == rows


def test_states_of_orders_are_known_in_the_language_of_the_shop():
    frame = mended("woocommerce_advanced").assign(**{"Order Status": ["Annulée", "completo", None]})
    out = dict(left_out(frame, layout_named("woocommerce_advanced")))
    assert out["order not paid, cancelled or refunded"].to_list() == [True, False, False]


def test_a_value_that_is_a_star_stands_for_any():
    frame = mended("shopify")
    out = dict(left_out(frame, layout_named("shopify")))
    assert frame.loc[out["order cancelled"], "Name"].to_list() == ["#1004", "#1004"]


def test_refunds_are_taken_off_and_small_units_become_whole_ones():
    assert mended("stripe")["Amount"].to_list() == [32.4, 10.4, 30.0]
    assert mended("stripe_charges")["amount"].to_list() == [32.4, 10.4, 5000.0]
    assert mended("woocommerce_items")["item_total"].to_list() == [27.5, 40.0, 5.5]


def amounts(cells: list[str], decimal: str | None = None, **changes: object) -> list[object]:
    """Mend the amounts of a WooCommerce export and read them as orders are read."""
    frame = sample("woocommerce_items").assign(item_total=cells, **changes)
    columns, layout = find("woocommerce_items", frame), layout_named("woocommerce_items")
    cells = mend_cells(frame, columns, layout, label="w", decimal=decimal)["item_total"]
    read = parse_amounts(cells, label="w", column="item_total", decimal=decimal)
    return list(zip(read.values, read.currency.fillna(""), read.given, strict=True))


def test_the_currency_in_a_cell_outlives_mending():
    assert amounts(["27.50 €", "50.00", "US$ 1,000.25"]) == [
        (27.5, "EUR", True), (40.0, "", True), (1000.25, "USD", True)
    ]  # fmt: skip


@pytest.mark.parametrize(("decimal", "times"), [(".", 1), (",", 1000)])
def test_what_splits_off_the_decimals_is_passed_on(decimal, times):
    read = amounts(["EUR 3.500", "2.500", "3.500"], decimal, item_refunded=["1.250", "0", "0"])
    assert [value / times for value, *_ in read] == [2.25, 2.5, 3.5]


def test_an_amount_that_cannot_be_read_stays_for_the_message():
    assert [given for *_, given in amounts(["27.50", "gratis", "5.50"])] == [True] * 3
    frame = sample("woocommerce_items").assign(item_total=["27.50", "gratis", "5.50"])
    columns = find("woocommerce_items", frame)
    done = mend_cells(frame, columns, layout_named("woocommerce_items"), label="w")
    assert done["item_total"].to_list() == [27.5, "gratis", 5.5]


def test_words_become_ratings():
    assert mended("zendesk")["Satisfaction Score"].to_list() == ["1.0", "0.0", pd.NA]
    assert mended("freshdesk")["Survey results"].to_list() == ["3.0", "-1.0", pd.NA]


def test_of_a_contact_only_the_address_stays():
    assert mended("hubspot")["Associated Contact"].to_list() == [
        "jan@example.com", "kit@example.com", "lou@example.com"
    ]  # fmt: skip
    named = sample("hubspot").assign(**{"Associated Contact": ["Jan", pd.NA, "Lou"]})
    columns = {"customer": "Associated Contact"}
    frame = mend_cells(named, columns, layout_named("hubspot"), label="h")
    assert frame["Associated Contact"].to_list() == ["Jan", pd.NA, "Lou"]


def test_without_a_layout_nothing_changes():
    frame = sample("shopify")
    assert mend_cells(frame, {}, None, label="s") is frame
    assert list(left_out(frame, None)) == []


def test_mending_leaves_the_callers_frame_alone():
    frame = sample("shopify")
    before = frame.copy(deep=True)
    mend_cells(frame, find("shopify", frame), layout_named("shopify"), label="s")
    pd.testing.assert_frame_equal(frame, before)


def test_the_columns_that_facts_are_about_are_read_too():
    frame = sample("shopify")
    needed = columns_needed(frame.columns, find("shopify", frame), layout_named("shopify"))
    assert {"Name", "Email", "Financial Status", "Lineitem price"} <= set(needed)
    assert "Billing Name" not in needed
    small = frame[needed]
    whole, part = (
        mend_cells(each, find("shopify", frame), layout_named("shopify"), label="s")
        for each in (frame, small)
    )
    pd.testing.assert_frame_equal(whole[needed], part)


def test_the_page_about_inputs_lists_every_layout_and_its_example_works(write):
    page = (Path(__file__).parents[2] / "docs" / "inputs.md").read_text(encoding="utf-8")
    table = page.partition("## Layouts")[2].partition("The products")[0]
    assert set(re.findall(r"`([a-z_]+)`", table)) - {"layout"} == set(shipped_layouts())
    example = page.partition("## Adding a layout")[2].partition("```toml\n")[2].partition("```")[0]
    layout = layout_named(str(write("till.toml", example)))
    frame = pd.DataFrame(
        {"Bon": ["1", "1"], "Karte": ["C", None], "Date": ["2024-01-01", None], "Summe": ["1", "2"]}
    )
    told = {"layout": layout.name}
    columns = find_columns(Raw("t", None, "t", frame), TRANSACTIONS, told)
    assert mend_cells(frame, columns, layout, label="t")["Karte"].to_list() == ["C", "C"]
