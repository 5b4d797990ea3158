"""Leave out of a text what could tell who wrote it, as far as patterns can see it.

Rather too much than too little: a masked text is read for what it is about, where "[NUMBER]" says
as much as the number. Patterns cannot know a name in the middle of a sentence.
"""

from __future__ import annotations

import re
from collections.abc import Callable

PLACEHOLDERS = ("EMAIL", "LINK", "HANDLE", "ACCOUNT", "ADDRESS", "CODE", "NUMBER", "NAME")
"""What stands in brackets in place of what was left out."""

# No repetition may start anew at each of its own characters: time must stay linear in the text.
_AT = r"[@＠﹫]"
_PART = r"[^\s@＠﹫<>()\[\],;:\"]"
_EMAIL = rf"""
    (?<!{_PART}) {_PART}+ {_AT} {_PART}{{0,254}} \w
  | (?<![\w.+-]) [\w.+-]+ \s? (?:{_AT} | [(\[{{]\s?(?:at|@)\s?[)\]}}]) \s?
    [\w-]{{1,63}} (?:\s?(?:\.|[(\[{{]?\s?(?:dot|punkt)\s?[)\]}}]?)\s?[\w-]{{2,63}}){{1,3}}
  | (?<![\w.+-]) [\w.+-]+ \s at \s [\w-]{{1,63}} (?:\sdot\s[\w-]{{2,20}}){{1,3}}
"""
_LINK = r"""
    (?<![a-z0-9+.-]) [a-z0-9+.-]*:// [^\s<>"]+
  | www\. [^\s<>"]+
  | (?<![\w.]) (?:[\w-]{1,63}\.){1,5} [a-z]{2,20} / [^\s<>"]*
  | (?<![\w.]) (?:[\w-]{1,63}\.){1,5}
    (?:com|net|org|info|biz|io|eu|de|ch|fr|uk|nl|pl|ie|ca|app|shop|store|dev) (?![\w-])
"""
_HANDLE = rf"{_AT}\w[\w.-]{{0,60}}"

_IBAN = r"(?<!\w) [A-Z]{2}\d{2} (?:\ ?[A-Z0-9]{4}){2,7} (?:\ ?[A-Z0-9]{1,3})? (?!\w)"
# Digits in a row, whatever separators stand between: telephone and card numbers, dates, postcodes.
_NUMBER = r"[+(]? \d (?:[\s.,:()/_\-–—\u00ad\u200b-\u200f\u2010\u2011\u2060\ufeff]{0,3} \d){4,} \)?"
_POSTCODE = r"""
    (?<!\w) (?i:[a-z]{1,2}\d[a-z\d]?\ ?\d[a-z]{2} | [a-z]\d[a-z]\ ?\d[a-z]\d) (?!\w)
  | (?<!\w) \d{4}\ ?[A-Z]{2} (?!\w)
"""

_CAPITAL = f"[{''.join(c for c in map(chr, range(0x41, 0x530)) if c.isupper())}]"
_STREET = rf"""
    (?<!\w) \d{{1,4}}[a-z]? ,?\ (?:{_CAPITAL}[\w'’.-]{{1,40}}\ ){{1,3}}
    (?:Street|St|Road|Rd|Avenue|Ave|Lane|Ln|Drive|Dr|Close|Court|Square|Boulevard|Blvd|Way) (?!\w)
  | (?<!\w) (?={_CAPITAL}) (?:{_CAPITAL}[\w'’]{{1,40}}[ -]){{0,3}} \w{{0,40}}
    (?i:straße|strasse|str\.|gasse|allee|platz|weg|straat|laan) \ ?\d{{1,4}}[a-z]? (?!\w)
  | (?<!\w) (?:\d{{1,4}}(?:\ (?:bis|ter))?,?\ )?
    (?i:rue|avenue|boulevard|chemin|impasse|calle|avenida|via|viale|piazza|rua|praça)
    (?:\ (?i:de|du|des|la|le|les|del|della|di|da|do|dos|las|los)){{0,2}}
    (?:\ {_CAPITAL}[\w'’.-]{{1,40}}){{1,3}} (?:,?\ (?:n[.º°]\ ?)?\d{{1,4}}[a-z]?)? (?!\w)
"""

_CODE_AFTER = r"""
    ( (?<!\w) (?i: orders? | bestell\w{0,12} | auftrag\w{0,12} | tickets? | case | invoice | bill
      | rechnung\w{0,12} | ref | reference | booking | customer | kunden\w{0,12} | account | konto
      | member\w{0,8} | policy | contract | vertrag\w{0,12} | tracking | parcel | sendung\w{0,12}
      | serial | commande | facture | pedido | factura | encomenda | ordine | fattura
      | bestelling | factuur | id | no\. | nr | num | number | nummer | numéro | número | numero )
      (?:\s(?i:id|no\.?|nr|number|nummer|code|is|ist))? [\s.:=°º-]{0,3} [#]? )
    (?=[\w/-]{0,40}\d) [\w/-]{3,60}
"""
_HASHED = r"[#]\s?(?=\w{0,40}\d)\w{1,60}"
_TOKEN = re.compile(r"[^\W_]+(?:[-_/][^\W_]+)*")
_MEASURE = re.compile(r"\d{1,4}[^\W\d_]{1,4}")

_WORD = rf"{_CAPITAL}(?:[\w'’-]{{1,40}}\.?|\.)"
_NAME = rf"{_WORD}(?:[ \t]+(?:(?:van|von|de|der|den|del|da|di|la)[ \t]+){{0,2}}{_WORD}){{0,2}}"
_TITLES = (
    r"(?:Mr|Mrs|Ms|Miss|Mx|Dr|Prof|Sir|Madam|Herrn?|Frau|Monsieur|Madame|Mme|Mlle|Señora?|Sra?|"
    r"Signora?|Sig|Senhora?|Mevrouw|Meneer)\.?"
)
_GREETED = rf"""
    ( (?:^ | [.!?:;,\n]) \s{{0,3}}
      (?i: hi | hello | hey | dear | good\ (?:morning|afternoon|evening) | hallo | liebe[rs]?
      | guten\ (?:tag|morgen|abend) | moin | servus | sehr\ geehrte[rs]? | bonjour | bonsoir | salut
      | ch[eè]re? | hola | estimad[oa] | buen[oa]s\ (?:días|tardes) | ciao | gentile | buongiorno
      | salve | olá | prezad[oa] | bom\ dia | boa\ tarde | hoi | geachte )
      (?:[ \t]+(?i:there|{_TITLES})){{0,2}} [ \t]+ )
    (?: {_NAME} | [^\W\d_]{{2,40}}(?:[ \t][^\W\d_]{{2,40}})? (?=[ \t]*[,!\n]) )
"""
_SIGNED = rf"""
    ( (?<!\w) (?i: regards | wishes | sincerely | faithfully | yours | cheers | thanks
      | thank\ you | thx | best | gr(?:ü|ue|u)(?:ß|ss)e?n? | mfg | lg | vg | danke | cordialement
      | salutations | merci | saludos | gracias | saluti | grazie | cumprimentos | obrigad[oa]
      | atenciosamente | groet(?:en|jes)? | bedankt )
      [ \t]* [,.!–-]? \s{{1,4}} )
    {_NAME} (?=[ \t]*[.!]?[ \t]*(?:\n|\Z))
"""
_TITLED = rf"( (?<!\w) (?:(?:{_TITLES}|M\.)[ \t]+){{1,3}} ) (?!{_TITLES}[ \t]) {_NAME}"
_INTRODUCED = rf"""
    ( (?<!\w) (?i: my\ name\ is | mein\ name\ ist | ich\ hei(?:ß|ss)e | je\ m['’]appelle | me\ llamo
      | mi\ nombre\ es | mi\ chiamo | meu\ nome\ é | chamo-me | mijn\ naam\ is | ik\ heet | name: )
      [ \t]* )
    [^\W\d_][\w'’-]{{1,40}}(?:[ \t]+{_WORD}){{0,2}}
"""


def _rule(pattern: str, becomes: str, flags: int = 0, *, where: str = "") -> Callable[[str], str]:
    """Make a rule for the texts in which something cheaper to look for is found."""
    compiled, hint = re.compile(pattern, re.VERBOSE | flags), re.compile(where)
    return lambda text: compiled.sub(becomes, text) if hint.search(text) else text


def _mask_codes(text: str) -> str:
    """Mask words of letters and at least three digits, but not "128GB"."""

    def masked(found: re.Match[str]) -> str:
        token = found[0]
        mixed = sum(map(str.isdigit, token)) >= 3 and any(map(str.isalpha, token))
        return "[CODE]" if mixed and not _MEASURE.fullmatch(token) else token

    return _TOKEN.sub(masked, text)


_DIGIT = r"\d"
_RULES = (
    _rule(_EMAIL, "[EMAIL]", re.IGNORECASE, where=rf"{_AT}|(?i:\bat\b)"),
    _rule(_LINK, "[LINK]", re.IGNORECASE, where=r"[\w:][./]"),
    _rule(_HANDLE, "[HANDLE]"),
    _rule(_IBAN, "[ACCOUNT]", where=_DIGIT),
    _rule(_STREET, "[ADDRESS]"),
    _rule(_CODE_AFTER, r"\1[CODE]", where=_DIGIT),
    _rule(_HASHED, "[CODE]", where=_DIGIT),
    _rule(_NUMBER, "[NUMBER]", where=_DIGIT),
    _mask_codes,
    _rule(_POSTCODE, "[ADDRESS]", where=_DIGIT),
    _rule(_GREETED, r"\1[NAME]"),
    _rule(_INTRODUCED, r"\1[NAME]"),
    _rule(_TITLED, r"\1[NAME]"),
    _rule(_SIGNED, r"\1[NAME]"),
)


def mask(text: str) -> str:
    """Put placeholders in place of addresses, numbers, codes and the names in salutations.

    Parameters
    ----------
    text : str

    Returns
    -------
    str
        Without e-mail and web addresses, @handles, five or more digits in a row (separators
        between them do not help), bank accounts, order numbers and other codes of letters and
        digits, postcodes and street addresses of usual form, and names in greetings, in sign-offs,
        after titles and after "my name is". Names anywhere else stay, as do numbers of up to four
        digits.

    Examples
    --------
    >>> from textseg.ingest.masking import mask
    >>> mask("Hi Anna, where is order 4711? Call 030 / 123 45 67 or a.b@mail.example. Thanks, Bo")
    'Hi [NAME], where is order [CODE]? Call [NUMBER] or [EMAIL]. Thanks, [NAME]'
    """
    for rule in _RULES:
        text = rule(text)
    return text
