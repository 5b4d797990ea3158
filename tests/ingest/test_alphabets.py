from __future__ import annotations

import pytest

from textseg.ingest.read import read_table
from textseg.ingest.sources.alphabets import is_central_european
from textseg.ingest.sources.reading import Reading

WESTERN = {
    "german": [
        "Die Größe fällt klein aus", "Lieferung kam zu spät, schöne Farbe",
        "Passt gut, würde ich wieder kaufen", "Qualität für 40 € völlig in Ordnung",
        "Naja, drückt etwas", "Rückgabe war unmöglich", "Süß, aber zu teuer",
        "Der Kundenservice hat sich nie gemeldet – ärgerlich",
    ],
    "french": [
        "Livraison très tardive, colis abîmé", "Déçu, j’exige un remboursement",
        "Très bonne qualité, je recommande", "La taille est trop petite, ça serre",
        "Service client à l’écoute", "Le tissu s’est déchiré après un mois",
        "Reçu en deux jours, bravo à l’équipe", "Une sœur l’a gardé, un cadeau apprécié",
    ],
    "spanish": [
        "El envío tardó demasiado", "Muy buena calidad, lo compraré otra vez",
        "La talla es pequeña para mi niño", "¿Por qué no contesta nadie?",
        "¡Excelente atención al cliente!", "Llegó roto y sin instrucciones",
        "El año pasado era mejor", "Devolución rápida y sin problemas, estoy contentísimo",
    ],
    "other": [
        "It cost £20, not £25", "Half the size: ½ a metre", "Molto bello, però è caro",
        "Não recomendo, a confecção é má", "Passer godt, men ærmerne er små",
        "It’s the “best” café – naïve me", "Mooi, maar te duur: € 30, geïrriteerd",
        "Bra kvalitet, något små i storleken på fötter",
    ],
}  # fmt: skip
CENTRAL = {
    "polish": [
        "Bardzo długo czekałem na przesyłkę", "Rozmiar za mały, szkoda",
        "Świetna jakość, polecam każdemu", "Obsługa klienta nie odpowiada na wiadomości",
        "Paczka przyszła uszkodzona, źle zapakowana", "Zwrot pieniędzy trwał miesiąc",
        "Kolor inny niż na zdjęciu", "Buty są wygodne i ładne, dziękuję",
    ],
    "czech": [
        "Dodání trvalo příliš dlouho", "Velikost je malá, škoda",
        "Skvělá kvalita, doporučuji všem", "Zákaznická podpora neodpovídá",
        "Balík přišel poškozený", "Vrácení peněz trvalo měsíc", "Barva je jiná než na fotce",
        "Boty jsou pohodlné, ale příliš drahé, děkuji",
    ],
    "hungarian": [
        "Túl későn érkezett, nagyon dühös vagyok", "A cipő szép, de szűk",
        "Kitűnő minőség, ajánlom mindenkinek", "Az ügyfélszolgálat nem felelős",
    ],
}  # fmt: skip
SAMPLES = [
    *((text, "cp1252") for texts in WESTERN.values() for text in texts),
    *((text, "cp1250") for texts in CENTRAL.values() for text in texts),
]


@pytest.mark.parametrize(("text", "encoding"), SAMPLES)
def test_one_review_alone_is_read_right(write, text, encoding):
    path = write("t.csv", f"id;text\r\n1;{text}\r\n".encode(encoding))
    reading = Reading("feedback")
    assert read_table(path, "x", reading).frame["text"].to_list() == [text]
    if text.encode("cp1250", "ignore") != text.encode("cp1252", "ignore"):
        called = f"Windows-{encoding.removeprefix('cp')}"
        assert reading.notes == [
            f"{path} is not UTF-8 and was read as {called}; if letters look wrong: "
            "--set feedback.encoding=NAME."
        ]


@pytest.mark.parametrize("languages", [WESTERN, CENTRAL])
def test_languages_may_be_mixed(languages):
    encoding = "cp1252" if languages is WESTERN else "cp1250"
    lines = [text.encode(encoding) for texts in languages.values() for text in texts]
    assert is_central_european(lines) == (languages is CENTRAL)


def test_a_polish_name_does_not_make_german_polish():
    lines = [text.encode("cp1252") for text in WESTERN["german"]]
    assert not is_central_european([*lines, "Łukasz Żółć".encode("cp1250")])


def test_bytes_that_windows_1250_lacks_are_not_read_as_it(write):
    content = "1;Bardzo źle\n".encode("cp1250") + b"2;\x98\n"
    reading = Reading("feedback")
    read_table(write("t.csv", b"id;text\n" + content), "x", reading)
    assert "was read as Windows-1252" in reading.notes[0]
