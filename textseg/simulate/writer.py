"""How a customer puts a topic and a sentiment into words."""

from __future__ import annotations

from dataclasses import dataclass

from textseg.simulate.noise import curl, garble, mark_up, mistype
from textseg.simulate.phrases import Dice, Part, Phrases, Product, Topic, load_phrases

NO_TOPIC = "none"
_OPPOSITE = {"positive": "negative", "negative": "positive"}
_CLOSES = {"terse": 0.12, "sarcasm": 0.5, "angry": 0.75, "polite_anger": 0.75}
_OWN_STYLE = {"angry": 0.10, "polite_anger": 0.11, "sarcasm": 0.07}


@dataclass(frozen=True)
class Brief:
    """What one feedback is to say, who says it and where; ``said`` is what they said before."""

    topic: Topic
    kind: str
    channel: str
    language: str
    habit: str
    sloppiness: float
    curly: bool
    product: Product
    price: float
    order_id: str | None
    person: int
    said: set[str]
    interests: dict[str, float]


@dataclass(frozen=True)
class Written:
    """A text with the truth about it. ``free`` texts name no order and nobody."""

    text: str
    topic: str
    sentiment: str
    second_topic: str | None = None
    second_sentiment: str | None = None
    free: bool = False


def write_text(brief: Brief, dice: Dice) -> Written:
    """Write one feedback."""
    short = _near_empty(brief, dice)
    return short or _Letter(brief, dice).write()


def _near_empty(brief: Brief, dice: Dice) -> Written | None:
    """Answer a survey with next to nothing, or praise with one line, now and then."""
    frame = load_phrases(brief.language).frame
    sentiment = "neutral" if brief.kind == "question" else brief.kind
    if brief.channel == "survey" and dice.chance(0.13):
        return Written(dice.pick(frame[f"empty_{sentiment}"]).source, NO_TOPIC, sentiment)
    if brief.channel != "ticket" and brief.kind == "positive" and dice.chance(0.04):
        return Written(dice.pick(frame["praise"]).source, NO_TOPIC, sentiment)
    return None


class _Letter:
    """One feedback in the making; a slot keeps its value throughout."""

    def __init__(self, brief: Brief, dice: Dice) -> None:
        self.brief = brief
        self.dice = dice
        self.phrases: Phrases = load_phrases(brief.language)
        self.values = self._known()
        self.second: tuple[str, str] | None = None

    def write(self) -> Written:
        style = self._style()
        lead = self._lead(style)
        core = [self._say(lead)]
        if style != "terse":
            core = self._context(lead) + core + self._more(style)
            if len(core) < 4 and not lead.alone and self.brief.kind != "question":
                core += self._other_topic(style)
        core = self._tune(core, style)
        free = style == "terse" and not any(sign.isdigit() for sign in core[0])
        text = self._finish(self._framed(core, style), style)
        sentiment = "neutral" if self.brief.kind == "question" else self.brief.kind
        topic, mood = self.second or (None, None)
        return Written(text, self.brief.topic.name, sentiment, topic, mood, free)

    def _known(self) -> dict[str, str]:
        brief, slots = self.brief, self.phrases.slots
        german = brief.language == "de"
        name = slots["name"][brief.person % len(slots["name"])]
        surname = slots["surname"][brief.person // 7 % len(slots["surname"])]
        product, product_a = brief.product.called(brief.language)
        code = 100 + brief.person % 900
        values = {
            "product": product,
            "product_a": product_a,
            "price": _money(brief.price, german),
            "sale_price": _money(round(brief.price * 0.65), german),
            "name": name,
            "surname": surname,
            # Numbers that the regulators of both countries keep free for fiction.
            "phone": f"030 23125 {code}" if german else f"07700 900{code}",
            "email": f"{name}.{surname}@example.com".lower().translate(_PLAIN),
        }
        if brief.order_id:
            values["order"] = self.dice.pick(["", "#"]) + brief.order_id
        if brief.product.spots:
            values["spot"] = self.dice.pick(brief.product.spots)
            values["parts"] = self.dice.pick(brief.product.parts)
        return values

    def _style(self) -> str:
        if self.brief.kind == "negative":
            roll = self.dice.roll()
            for style, share in _OWN_STYLE.items():
                roll -= share
                if roll < 0:
                    return style
        style = self.brief.habit if self.dice.chance(0.75) else "plain"
        return "plain" if style == "formal" and self.brief.channel != "ticket" else style

    def _lead(self, style: str) -> Part:
        """Draw the main sentence; nobody repeats one while there are others."""
        known = self.phrases.topics[self.brief.topic.name]
        sarcastic = style == "sarcasm" and "sarcasm" in known
        parts = known["sarcasm" if sarcastic else self.brief.kind]
        fresh = [part for part in parts if part.source not in self.brief.said and self._can(part)]
        lead = self._choose(fresh or parts)
        self.brief.said.add(lead.source)
        return lead

    def _choose(self, parts: list[Part]) -> Part:
        """Draw a part that needs no more than is known; every topic has one."""
        part = self.dice.pick(parts)
        if self._can(part):
            return part
        return self.dice.pick([part for part in parts if self._can(part)])

    def _can(self, part: Part) -> bool:
        return all(slot in self.values or slot in self.phrases.slots for slot in part.slots)

    def _say(self, part: Part) -> str:
        return part.fill(self.dice, self._value)

    def _value(self, slot: str) -> str:
        if slot not in self.values:
            self.values[slot] = self.dice.pick(self.phrases.slots[slot])
        return self.values[slot]

    def _context(self, lead: Part) -> list[str]:
        named = {"product", "product_a", "order"} & lead.slots
        ticket = self.brief.channel == "ticket" and self.brief.order_id is not None
        if named or self.brief.topic.name == "other" or not self.dice.chance(0.4):
            return []
        if ticket and self.dice.chance(0.8):
            return [self._say(self._choose(self.phrases.frame["context_ticket"]))]
        if not self.brief.topic.context or self.brief.kind == "question":
            return []
        return [self._say(self._choose(self.phrases.frame["context"]))]

    def _more(self, style: str) -> list[str]:
        parts = self.phrases.topics[self.brief.topic.name].get(f"more_{self.brief.kind}")
        if not parts or not self.dice.chance(0.3 if style == "sarcasm" else 0.5):
            return []
        return [self._say(self._choose(parts))]

    def _other_topic(self, style: str) -> list[str]:
        pairs = self.brief.topic.pairs
        if style == "sarcasm" or not pairs or not self.dice.chance(0.28):
            return []
        liking = [self.brief.interests.get(name, 0.0) + 0.05 for name in pairs]
        topic, kind = self.dice.weighted(pairs, liking), self.brief.kind
        link = "neutral_connector" if kind == "neutral" else "same_connector"
        if kind in _OPPOSITE and style != "angry" and self.dice.chance(0.35):
            kind = _OPPOSITE[kind]
            link = f"contrast_{kind}"
        used = {"product", "product_a"} if self.brief.language == "de" else set()
        parts = [
            part
            for part in self.phrases.topics[topic][kind]
            if not (part.alone or part.source in self.brief.said or used & part.slots)
            and self._can(part)
        ]
        if not parts:
            return []
        self.second = (topic, kind)
        part = self.dice.pick(parts)
        self.brief.said.add(part.source)
        sentence = self._say(part)
        if kind == self.brief.kind and self.dice.chance(0.3):
            return [sentence]
        return [self.dice.pick(self.phrases.frame[link]).source + self._lowered(sentence)]

    def _lowered(self, sentence: str) -> str:
        """Let a sentence go on after a comma; German nouns and names stay as they are."""
        word = sentence.split(maxsplit=1)[0].strip(",.:!?")
        proper = word == "I" or word.startswith("I'") or word in self.phrases.proper
        if self.brief.language == "de" or proper or word[1:2].isupper():
            return sentence
        return sentence[0].lower() + sentence[1:]

    def _framed(self, core: list[str], style: str) -> list[str]:
        """Put greeting and ending around the core."""
        frame, ticket = self.phrases.frame, self.brief.channel == "ticket"
        opener, sign = self._opener(style), self._sign(style)
        closer = self._closer(style)
        # No second thanks under a question, no verdict on a feedback that has two sides.
        torn = self.second is not None and self.second[1] != self.brief.kind
        thanked = bool(sign) and self.brief.kind == "question"
        if torn or thanked or len(core) > 3 or not self.dice.chance(_CLOSES.get(style, 0.35)):
            closer = ""
        before = [self._say(self._choose(frame[opener]))] if opener else []
        if before and before[0].endswith((",", "so")) and style != "formal":
            core = [self._lowered(core[0]), *core[1:]]
        ends = [closer, "contact" if ticket and self.dice.chance(0.06) else "", sign]
        return before + core + [self._say(self._choose(frame[end])) for end in ends if end]

    def _opener(self, style: str) -> str:
        ticket = self.brief.channel == "ticket"
        name = {"plain": "opener_ticket"}.get(style, f"opener_{style}")
        chances = {
            "formal": 1.0,
            "angry": 0.7,
            "polite_anger": 0.7,
            "chatty": 0.55 if ticket else 0.15,
            "plain": 0.5 if ticket else 0.0,
        }
        return name if self.dice.chance(chances.get(style, 0.0)) else ""

    def _closer(self, style: str) -> str:
        if style in _OWN_STYLE:
            return f"closer_{style}"
        if self.brief.kind == "negative":
            place = "ticket" if self.brief.channel == "ticket" else "review"
            return f"closer_negative_{place}"
        return f"closer_{self.brief.kind}"

    def _sign(self, style: str) -> str:
        if style == "formal":
            return "signoff_formal"
        signs = self.brief.channel == "ticket" and style in ("plain", "chatty")
        return "signoff_ticket" if signs and self.dice.chance(0.3) else ""

    def _tune(self, core: list[str], style: str) -> list[str]:
        """Bring the core into the tone of a style."""
        if style == "angry":
            return _angrily(core, self.dice)
        if style == "formal":
            return _formally(core)
        if style == "chatty" and self.brief.kind == "positive" and self.dice.chance(0.5):
            return [*core[:-1], _ended(core[-1], "!")]
        return core

    def _finish(self, sentences: list[str], style: str) -> str:
        brief, dice = self.brief, self.dice
        sentences = [mistype(sentence, self._slips(style), dice) for sentence in sentences]
        if brief.channel == "ticket" and style != "formal" and dice.chance(0.04):
            sentences = [*sentences, dice.pick(self.phrases.frame["mobile"]).source]
        if brief.channel != "review" and dice.chance(0.05):
            return mark_up(sentences, dice)
        text = " ".join(sentences)
        if style == "terse":
            text = _tersely(text, dice)
        if dice.chance({"chatty": 0.4, "formal": 0.0}.get(style, 0.04)):
            mood = "neutral" if brief.kind == "question" else brief.kind
            text += " " + dice.pick(self.phrases.slots[f"emoji_{mood}"]) * dice.pick(
                [1, 1, 1, 2, 3]
            )
        text = curl(text) if brief.curly else text
        return garble(text) if dice.chance(0.012) else text

    def _slips(self, style: str) -> float:
        careless = style != "formal" and self.dice.chance(0.35)
        return 0.25 * self.brief.sloppiness if careless else 0.0


_PLAIN = str.maketrans({"ü": "ue", "ö": "oe", "ä": "ae", "ß": "ss"})


def _money(amount: float, german: bool) -> str:
    text = f"{amount:.0f}" if float(amount).is_integer() else f"{amount:.2f}"
    return f"{text.replace('.', ',')} €" if german else f"£{text}"


def _tersely(text: str, dice: Dice) -> str:
    if dice.chance(0.5) and text.endswith("."):
        text = text[:-1]
    return text[0].lower() + text[1:] if dice.chance(0.35) and not text.startswith("I") else text


def _angrily(core: list[str], dice: Dice) -> list[str]:
    """Shout one sentence or all of them."""
    loud = [sentence.replace("ß", "ss").upper() for sentence in core]
    bang = dice.pick(["!", "!!", "!!!"])
    if dice.chance(0.4):
        return [_ended(sentence, bang) for sentence in loud]
    place = int(dice.roll() * len(core))
    return [_ended(loud[i], bang) if i == place else core[i] for i in range(len(core))]


def _formally(core: list[str]) -> list[str]:
    """Write the short forms out."""
    for short, long in _LONG_FORMS:
        core = [sentence.replace(short, long) for sentence in core]
    return core


def _ended(sentence: str, end: str) -> str:
    return sentence[:-1] + end if sentence.endswith(".") else sentence


_LONG_FORMS = (
    ("can't", "cannot"), ("won't", "will not"), ("n't", " not"), ("I'm", "I am"),
    ("I've", "I have"),
    ("I'd ", "I would "), ("it's", "it is"), ("It's", "It is"), ("that's", "that is"),
    ("That's", "That is"), ("you're", "you are"),
)  # fmt: skip
