"""Texts to encodings: one pass of the encoder gives embedding and sentiment."""

from textseg.encode.cache import EncodingCache
from textseg.encode.encoder import Encoder, load_encoder
from textseg.encode.encodings import Encodings, encode
from textseg.encode.reader import Reader
from textseg.encode.work import Clauses

__all__ = ["Clauses", "Encoder", "EncodingCache", "Encodings", "Reader", "encode", "load_encoder"]
