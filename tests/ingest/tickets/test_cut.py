from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from textseg.ingest.tickets.cut import KINDS, cut, cut_label, cut_subject
from textseg.ingest.tickets.patterns import phrases

QUICK = settings(deadline=None, max_examples=60)
SAID = "The zip of order 4711 broke after two days."


def kinds(text: str) -> tuple[str, list[str]]:
    left, found = cut(text)
    return left, sorted(found)


@pytest.mark.parametrize(
    "greeting",
    [
        "Hi,",
        "Hello!",
        "Hi there,",
        "Hey Anna,",
        "Dear Sir or Madam,",
        "Dear ACME Support Team:",
        "Good morning,",
        "Dear Mr. O'Neill,",
        "Hello [NAME],",
        "Hi -",
        "To whom it may concern,",
        "Hello team, I hope you are well.",
        "Hi Anna, How are you?",
        "Hallo,",
        "Hallo zusammen,",
        "Liebes Support-Team,",
        "Sehr geehrte Damen und Herren,",
        "Sehr geehrter Herr Dr. Müller,",
        "Guten Tag Frau Schmidt,",
        "Hallo liebes Team!",
        "Moin,",
        "Guten Tag,",
        "Gruess Gott,",
        "Bonjour,",
        "Bonjour Madame,",
        "Madame, Monsieur,",
        "Chère Madame,",
        "Cher Monsieur Dupont,",
        "Bonsoir à tous,",
        "Bonjour l'équipe,",
        "Hola,",
        "Hola Juan:",
        "Estimado Sr. Pérez:",
        "Buenos días,",
        "Buenos dias,",
        "¡Hola!",
        "Estimados señores,",
        "Buenas tardes,",
        "Olá,",
        "Ola,",
        "Prezados,",
        "Bom dia,",
        "Boa tarde equipe,",
        "Prezados senhores,",
        "Prezado Sr. Silva,",
        "Caro Pedro,",
    ],
)
@pytest.mark.parametrize("gap", [" ", "\n\n"])
def test_greetings_go(greeting, gap):
    assert kinds(greeting + gap + SAID) == (SAID, ["greeting"])


@pytest.mark.parametrize(
    "closing",
    [
        "Best regards",
        "Kind regards,\nAnna",
        "Sincerely, Anna Smith",
        "Thanks,\nAnna",
        "Thank you\n\nAnna Smith\nHead of Sales\nACME Ltd.\nTel. +44 20 1234 567",
        "Thanks & regards,\nA. Smith",
        "Many thanks, Anna",
        "Best,\nAnna",
        "Cheers,\nBob",
        "All the best\n<name>",
        "Yours sincerely\n\n[NAME]\n[EMAIL]",
        "Mit freundlichen Grüßen",
        "Mit freundlichen Gruessen\nMax Mustermann",
        "MfG Max Mustermann",
        "Viele Grüße,\nMax",
        "LG,\nMax",
        "Danke, Max",
        "Vielen Dank im Voraus!\nMax Mustermann\nMusterweg 1\n12345 Musterstadt",
        "Vielen Dank und viele Grüße\nMax",
        "Cordialement,\nJean Dupont",
        "Bien cordialement",
        "Merci d'avance,\nJean",
        "Bien à vous, Jean",
        "Veuillez agréer, Madame, Monsieur, mes salutations distinguées.\nJean Dupont",
        "Saludos",
        "Un saludo,\nJuan",
        "Saludos cordiales, Juan Pérez",
        "Atentamente,\nJuan",
        "Muchas gracias,\nJuan",
        "Atte. Juan Pérez",
        "Atenciosamente,\nJoão da Silva",
        "Obrigado,\nJoão",
        "Cumprimentos, João",
        "Att,\nJoão",
        "Com os melhores cumprimentos",
        "Abraços\nJoão",
        '--\nAnna Smith\nACME\n"Be the change."',
        "Anna Smith\nACME Ltd.\nanna@acme.example",
    ],
)
def test_closings_and_signatures_go(closing):
    assert kinds(f"{SAID}\n\n{closing}") == (SAID, ["signature"])


@pytest.mark.parametrize(
    "closing",
    [
        "Best regards, Anna Smith",
        "Sincerely, Anna",
        "Thanks, Anna",
        "Mit freundlichen Grüßen Max",
        "Vielen Dank, <name>",
        "Cordialement, Jean Dupont",
        "Un saludo, Juan",
        "Atenciosamente, João",
    ],
)
def test_closings_go_from_texts_without_lines(closing):
    assert kinds(f"{SAID} {closing}") == (SAID, ["signature"])


@pytest.mark.parametrize(
    "quoted",
    [
        "On Mon, Mar 3, 2025 at 10:02 AM Support <s@shop.example> wrote:\n> Hello\n> again",
        "On Mon, Mar 3, 2025 at 10:02 AM Support\n<s@shop.example> wrote:\n\nHello Anna",
        "On 3 March 2025, Shop wrote:\n\nHello Anna,\nwhich zip?",
        "Am 3. März 2025 um 10:02 schrieb Kundendienst <s@shop.example>:\n\n> Hallo",
        "Am Mo., 3. März 2025 um 10:02 Uhr schrieb Shop <\ns@shop.example>:\nHallo",
        "Kundendienst <s@shop.example> schrieb am 03.03.2025 10:02:\n> Hallo",
        "Le lun. 3 mars 2025 à 10:02, Service <s@shop.example> a écrit :\n> Bonjour",
        "El lun, 3 mar 2025 a las 10:02, Soporte (<s@shop.example>) escribió:\n> Hola",
        "Em seg., 3 de mar. de 2025 às 10:02, Suporte <s@shop.example> escreveu:\n> Olá",
        "No dia 3 de março de 2025, às 10:02, Suporte escreveu:\n> Olá",
        "-----Original Message-----\nFrom: Shop\nSent: Monday\nTo: Anna\nSubject: Zip\n\nHello",
        "-----Ursprüngliche Nachricht-----\nVon: Shop\nHallo",
        "---------- Forwarded message ---------\nHello",
        "----- Mensaje original -----\nHola",
        "-----Message d'origine-----\nBonjour",
        "-----Mensagem Original-----\nOlá",
        "From: Shop <s@shop.example>\nSent: Monday, 3 March 2025\nTo: Anna\nSubject: Zip\n\nHi",
        "____________________\nVon: Shop\nGesendet: Montag\nAn: Anna\nBetreff: Zip\n\nHi",
        "De : Shop\nEnvoyé : lundi 3 mars 2025 10:02\nÀ : Anna\nObjet : Zip\n\nBonjour",
        "De: Tienda\nEnviado el: lunes\nPara: Ana\nAsunto: Zip\n\nHola",
        "De: Loja\nEnviada em: segunda\nPara: Ana\nAssunto: Zip\n\nOlá",
        "##- Please type your reply above this line -##\nYour request has been updated.",
        "> Dear Anna,\n>\n> which zip is it?",
        "> > which zip is it?\n> this one",
    ],
)
def test_quoted_mails_go(quoted):
    assert kinds(f"{SAID}\n\n{quoted}") == (SAID, ["quoted reply"])


def test_quoted_mails_go_from_texts_without_lines():
    mail = "On Mon, Mar 3, 2025 at 10:02 AM Support <s@shop.example> wrote: Hello Anna, which zip?"
    assert kinds(f"On Monday I wrote to you. {SAID} {mail}") == (
        f"On Monday I wrote to you. {SAID}",
        ["quoted reply"],
    )


def test_an_answer_beneath_the_quoted_lines_stays():
    text = f"On 3 March 2025 Shop wrote:\n> Hello\n> which zip?\n\n{SAID}\nIt was the left one."
    assert kinds(text) == (f"{SAID}\nIt was the left one.", ["quoted reply"])


@pytest.mark.parametrize(
    "text",
    [
        f"---------- Forwarded message ---------\n{SAID}",
        f"From: Anna\nSent: Monday\nTo: Shop\nSubject: Zip\n\n{SAID}",
        f"##- Bitte geben Sie Ihre Antwort oberhalb dieser Zeile ein -##\n\n{SAID}",
    ],
)
def test_of_a_mail_that_is_only_forwarded_the_words_stay(text):
    assert kinds(text) == (SAID, ["quoted reply"])


@pytest.mark.parametrize(
    "footer",
    [
        "Sent from my iPhone",
        "Sent from my Samsung Galaxy S21",
        "Get Outlook for iOS",
        "Sent from Yahoo Mail on Android",
        "Von meinem iPhone gesendet",
        "Gesendet mit der GMX Mail App",
        "Envoyé de mon iPhone",
        "Enviado desde mi iPhone",
        "Enviado do meu iPhone",
        "This e-mail and any attachments are confidential. If you are not meant, delete it.",
        "If you are not the intended recipient, please tell us.\n\nPlease consider the environment "
        "before printing this e-mail.",
        "Diese E-Mail enthält vertrauliche Informationen. Bitte löschen Sie sie.",
        "Ce message et toutes les pièces jointes sont confidentiels.",
        "Este mensaje y sus archivos son confidenciales.",
        "Esta mensagem e seus anexos são confidenciais.",
        "Unsubscribe | View in browser",
        "To unsubscribe click here: https://shop.example/u",
        "Um sich abzumelden, klicken Sie hier.",
        "Pour vous désabonner, cliquez ici.",
        "Virus-free. www.avast.com",
    ],
)
def test_footers_go(footer):
    assert kinds(f"{SAID}\n\n{footer}") == (SAID, ["footer"])


def test_all_of_a_ticket_goes_but_the_words():
    text = (
        f"Sehr geehrte Damen und Herren,\n\n{SAID}\n\nMit freundlichen Grüßen\nMax Muster\n\n"
        "Von meinem iPhone gesendet\n\nAm 3. März 2025 um 10:02 schrieb Shop:\n> Hallo\n> Herr M."
    )
    assert kinds(text) == (SAID, sorted(KINDS))


@pytest.mark.parametrize(
    "text",
    [
        # Greetings' words that say something
        "Dear god, these shoes.",
        "Hello Kitty, my favourite.",
        "Hey this dress runs small.",
        "Caro, mas bom.",
        "Cher, mais bien fait.",
        "Liebe diesen Pullover, sehr weich.",
        "Hi all the buttons fell off",
        "Hallo ich habe ein Problem, bitte helfen.",
        # Closings' words that say something
        "I give my best regards to the team that packed it.",
        "Great shoes. Thanks Amazon",
        "It came late. Thanks for nothing!",
        "Sincerely hope that you fix it. It broke",
        "Not bad. Thanks. Great service",
        "I compared Sony, LG, Samsung",
        "Vielen Dank für die Hilfe.",
        "It broke. Regards to nobody who sold this",
        "Love, love, love it!",
        "Best. Dress. Ever.",
        "Nice strings.\nBest\nquality ever for this price, I will buy them again.",
        "Kein guter Kauf. LG Fernseher",
        "Saludos a todos los que lo compraron.",
        "Muy bueno. Gracias por todo",
        "Cordialement reçu par le vendeur.",
        # Lines and marks that are the customer's own
        "Good:\n> great sound\n> light\nBad:\n> battery",
        "--\nGood sound\n--\nBad battery, it lasts "
        "one hour and then it is dead until the next day, so I sent it back to the shop at once",
        "- cheap\n- light\n- loud",
        "Pros: light\nCons: loud\nTo: my mother",
        "From: the start it was loud. To: the end.",
        "My boss wrote: never again.",
        "On the box somebody wrote: fragile!",
        "Am Ende schrieb niemand: gut.",
        "I cannot unsubscribe from your newsletter.",
        "I sent from my iPhone a picture of it.",
        "The confidential data of my account was shown.",
        "> 2 weeks of waiting",
        "Original message: it said it fits.",
        "The original message said 3 days.",
        "Name\nGreat Product Overall\nReally Good",
        "regards",
        "Hi!",
        "Thanks, Anna",
        "Sent from my iPhone",
    ],
)
def test_the_customers_own_words_stay(text):
    assert kinds(text) == (text, [])


def test_a_postscript_stays():
    text = f"{SAID}\nThanks,\nBob\n\nPS: the sole came off, too."
    assert kinds(text) == (f"{SAID}\n\nPS: the sole came off, too.", ["signature"])


@pytest.mark.parametrize(
    ("title", "left"),
    [
        ("Re: Zip", "Zip"),
        ("AW: WG: Zip", "Zip"),
        ("Fwd: RE[2]: [Ticket #4711] Zip", "Zip"),
        ("TR : Zip", "Zip"),
        ("RV: Zip", "Zip"),
        ("ENC: Res: Zip", "Zip"),
        ("Refund", "Refund"),
        ("Re:", "Re:"),
        ("Reply: no", "Reply: no"),
        ("[NEW] Zip", "[NEW] Zip"),
    ],
)
def test_prefixes_of_subjects_go(title, left):
    assert cut_subject(title) == left


@pytest.mark.parametrize("label", ["Subject:", "Betreff:", "Objet :", "Asunto:", "Assunto: RE:"])
def test_labels_of_subjects_go(label):
    assert cut_label(f"{label} Zip broken") == "Zip broken"


def test_a_label_alone_stays():
    assert cut_label("Subject:") == "Subject:"


# Texts made of what tickets are made of, so that the rules meet each other.
PARTS = [
    SAID, "It broke.", "Hi Anna,", "Dear", "Best regards", "Anna Smith", "Thanks,", "--", "> said",
    ">", "On 3 March 2025 at 10:02 Shop wrote:", "-----Original Message-----", "From: a", "To: b",
    "Subject: c", "Sent from my iPhone", "Unsubscribe | here", "_____", "PS: more", "Tel: 0123 456",
    "This e-mail is confidential", "reply above this line", "Mit freundlichen Grüßen", "LG,", "👍",
]  # fmt: skip
TICKETS = st.lists(
    st.tuples(st.sampled_from(PARTS), st.sampled_from([" ", "\n", "\n\n"])), max_size=9
)


def is_part(left: str, text: str) -> bool:
    letters = iter("".join(text.split()))
    return all(letter in letters for letter in "".join(left.split()))


@settings(deadline=None, max_examples=300)
@given(TICKETS.map(lambda parts: "".join(a + b for a, b in parts)))
def test_cutting_is_done_once_never_adds_and_never_empties(text):
    left, found = cut(text)
    assert cut(left) == (left, frozenset())
    assert is_part(left, text)
    assert any(map(str.isalnum, left)) == any(map(str.isalnum, text))
    assert bool(found) == (left != text)


@QUICK
@given(st.text(st.sampled_from("aB.,:;!?<>[]-_*@#1\n "), max_size=200))
def test_any_text_can_be_cut(text):
    left, _ = cut(text)
    assert is_part(left, text)


def test_time_stays_linear():
    for part in (
        "On 1 ",
        "a@b ",
        "> ",
        "From: ",
        "Thanks, ",
        "Best regards, A ",
        "\n--\n",
        "Sent from my ",
    ):
        left, _ = cut(part * (40_000 // len(part)))
        assert left


def test_every_language_has_every_kind_of_phrase():
    tables = {language: table for language, table in phrases().items() if language != "not_names"}
    assert {"en", "de", "fr", "es", "pt"} <= tables.keys()
    for language, table in tables.items():
        assert table.keys() == tables["en"].keys(), language
        for kind, listed in table.items():
            assert len(set(listed)) == len(listed), (language, kind)
