"""The one place from which anything is sent: a chat endpoint, asked by the standard library."""

from __future__ import annotations

import json
import os
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from http.client import HTTPException
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from textseg.errors import ConfigError
from textseg.naming.label import NoName
from textseg.naming.prompt import ANSWER_TOKENS, Messages

if TYPE_CHECKING:
    from textseg.config import LlmConfig

_PATH = "/chat/completions"
_MOST_BYTES = 1_000_000
_CHUNK = 65_536


class NoReply(NoName):
    """The server could not be asked, or did not answer as it should."""


@dataclass(frozen=True)
class Reply:
    """An answer, and the tokens that the server counted, where it says so."""

    content: str
    tokens_in: int | None
    tokens_out: int | None


class Endpoint:
    """A chat endpoint that is asked one question at a time.

    Parameters
    ----------
    config : LlmConfig
        ``url``, ``model``, ``key_env``, ``timeout`` and the prices.

    Raises
    ------
    ConfigError
        One of them is missing or not right.
    """

    def __init__(self, config: LlmConfig) -> None:
        self.base, self.model = _checked(config)
        self.is_local = _is_loopback(self.base)
        self._price_in, self._price_out = _prices(config, self.is_local)
        self._key = _read_key(config.key_env)
        self._timeout = config.timeout
        # A redirect would take the key and the texts elsewhere, and so would a proxy where the
        # server is on this machine.
        proxies = [urllib.request.ProxyHandler({})] if self.is_local else []
        self._opener = urllib.request.build_opener(_NoRedirect, *proxies)

    def cost(self, tokens_in: int, tokens_out: int) -> float:
        """Price tokens, in the currency of the settings."""
        return (tokens_in * self._price_in + tokens_out * self._price_out) / 1e6

    def ask(self, messages: Messages) -> Reply:
        """Send messages and wait for the answer.

        Raises
        ------
        NoReply
            Anything went wrong; what the server says about it is not repeated.
        """
        body = {
            "model": self.model,
            "messages": messages,
            "temperature": 0,
            "max_tokens": ANSWER_TOKENS,
            "stream": False,
        }
        headers = {"Content-Type": "application/json", "User-Agent": "textseg"}
        if self._key:
            headers["Authorization"] = f"Bearer {self._key}"
        request = urllib.request.Request(self.base + _PATH, json.dumps(body).encode(), headers)
        return _read_reply(self._send(request))

    def _send(self, request: urllib.request.Request) -> bytes:
        deadline = time.monotonic() + self._timeout
        try:
            with self._opener.open(request, timeout=self._timeout) as response:
                return _read_until(response, deadline)
        except urllib.error.HTTPError as error:
            error.close()
            raise NoReply(f"HTTP status {error.code}") from None
        except TimeoutError:
            raise NoReply("no answer in time") from None
        except urllib.error.URLError as error:
            late = isinstance(error.reason, TimeoutError)
            raise NoReply("no answer in time" if late else "server not reached") from None
        except (OSError, HTTPException, ValueError):
            raise NoReply("server not reached") from None


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *args: Any, **kwargs: Any) -> None:
        return None


def _read_until(response: Any, deadline: float) -> bytes:
    """Read an answer that is not endless, neither in size nor in time."""
    content = b""
    while chunk := response.read1(_CHUNK):
        content += chunk
        if len(content) > _MOST_BYTES:
            raise NoReply("malformed answer")
        if time.monotonic() > deadline:
            raise TimeoutError
    return content


def _read_reply(content: bytes) -> Reply:
    try:
        document = json.loads(content)
        answer = document["choices"][0]["message"]["content"]
    except (ValueError, RecursionError, LookupError, TypeError):
        raise NoReply("malformed answer") from None
    if not isinstance(answer, str):
        raise NoReply("malformed answer")
    usage = document.get("usage")
    return Reply(answer, _counted(usage, "prompt_tokens"), _counted(usage, "completion_tokens"))


def _counted(usage: Any, name: str) -> int | None:
    value = usage.get(name) if isinstance(usage, dict) else None
    return value if type(value) is int and 0 <= value <= 10**9 else None


def _checked(config: LlmConfig) -> tuple[str, str]:
    if not config.url or not config.model:
        missing = "url" if not config.url else "model"
        raise ConfigError(
            f'topics.naming is "llm", but topics.llm.{missing} is not set.',
            hint='Example: url = "http://localhost:11434/v1", model = "llama3.2".',
        )
    base = config.url.rstrip("/").removesuffix(_PATH)
    try:
        parts = urlsplit(base)
        usable = bool(parts.hostname) and (parts.port or 0) >= 0
    except ValueError:
        usable = False
    if not usable:
        raise ConfigError(
            "topics.llm.url is not the address of a server.",
            hint="Example: http://localhost:11434/v1.",
        )
    return base, config.model


def _prices(config: LlmConfig, is_local: bool) -> tuple[float, float]:
    """Without prices the cap would hold nothing back; on this machine it need not."""
    free = 0.0 if is_local else None
    price_in = free if config.price_in is None else config.price_in
    price_out = free if config.price_out is None else config.price_out
    if price_in is None or price_out is None:
        raise ConfigError(
            "topics.llm.price_in and price_out are needed for the cost, unless the server is on "
            "this machine.",
            hint="Set both, per million tokens; 0 where it costs nothing.",
        )
    return price_in, price_out


def _read_key(variable: str | None) -> str | None:
    if variable is None:
        return None
    key = os.environ.get(variable, "").strip()
    if not key:
        raise ConfigError(
            f"The environment variable {variable}, named by topics.llm.key_env, is not set.",
            hint=f"Set it to the key, or remove key_env: export {variable}=...",
        )
    if not key.isascii() or not key.isprintable() or " " in key:
        raise ConfigError(
            f"The environment variable {variable} holds no key: a key is one word of plain ASCII."
        )
    return key


def _is_loopback(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")
