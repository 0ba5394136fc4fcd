"""Capabilities that many projects share: `extends = ["jwt"]` stands for all the calls that sign or read tokens."""

from __future__ import annotations

import sys
from dataclasses import dataclass

from ssot_lint.config import Capability, Config
from ssot_lint.errors import ConfigError
from ssot_lint.settings.tables import Source, nearest


@dataclass(frozen=True, slots=True)
class Preset:
    """A named list of calls."""

    name: str
    summary: str
    calls: tuple[str, ...]


PRESETS = (
    Preset(
        "environment",
        "Access to environment variables and .env files.",
        (
            "os.environ", "os.environb", "os.getenv", "os.getenvb", "os.putenv", "os.unsetenv",
            "dotenv.load_dotenv", "dotenv.dotenv_values", "dotenv.get_key", "dotenv.set_key",
        ),
    ),
    Preset(
        "jwt",
        "Signing, decoding and verifying of JSON Web Tokens: PyJWT, python-jose, authlib.",
        (
            "jwt.decode", "jwt.decode_complete", "jwt.encode", "jwt.get_unverified_header", "jwt.PyJWT", "jwt.PyJWS",
            "jwt.api_jwt.decode", "jwt.api_jwt.decode_complete", "jwt.api_jwt.encode", "jwt.api_jwt.PyJWT",
            "jose.jwt.decode", "jose.jwt.encode", "jose.jwt.get_unverified_header",
            "jose.jwt.get_unverified_headers", "jose.jwt.get_unverified_claims", "jose.jws.sign", "jose.jws.verify",
            "authlib.jose.jwt.decode", "authlib.jose.jwt.encode", "authlib.jose.JsonWebToken",
            "authlib.jose.JsonWebSignature",
        ),
    ),
    Preset(
        "logging",
        "Setting up of loggers, levels and handlers; not the writing of log lines.",
        (
            "logging.basicConfig", "logging.config.dictConfig", "logging.config.fileConfig",
            "logging.config.listen", "logging.disable", "logging.captureWarnings", "logging.addLevelName",
            "logging.setLoggerClass", "logging.setLogRecordFactory", "structlog.configure",
            "structlog.configure_once", "loguru.logger.configure", "loguru.logger.add", "loguru.logger.remove",
        ),
    ),
)  # fmt: skip

_TOKEN_DECODERS = frozenset({
    "jwt.decode", "jose.jwt.decode", "authlib.jose.jwt.decode", "jwt.decode_complete", "jwt.api_jwt.decode",
})  # fmt: skip
BASE64 = frozenset({
    "base64.b64decode", "base64.urlsafe_b64decode", "base64.standard_b64decode", "jwt.utils.base64url_decode",
    "jose.utils.base64url_decode",
})  # fmt: skip
"""What undoes the outer coat of a token's parts."""


def calls(config: Config, capability: Capability) -> tuple[str, ...]:
    """The calls of a capability, with those of the presets that it extends.

    Raises `ConfigError` for a preset that does not exist.
    """
    found = dict.fromkeys(capability.calls)
    for name in capability.extends:
        preset = next((item for item in PRESETS if item.name == name), None)
        if preset is None:
            raise _unknown(config, capability, name)
        found.update(dict.fromkeys(preset.calls))
    return tuple(found)


def reads_tokens(found: tuple[str, ...]) -> bool:
    """Do these calls decode JSON Web Tokens, so that taking one apart by hand goes past them?"""
    return not _TOKEN_DECODERS.isdisjoint(found)


def call_words(config: Config) -> frozenset[str]:
    """Texts of which one stands on every line that names a watched call or brings it into a file."""
    found: set[str] = set()
    for capability in config.capabilities:
        watched = calls(config, capability)
        for call in watched:
            found.update(_words(call))
        if reads_tokens(watched):
            found.add("b64decode")
    return frozenset(found)


def _words(call: str) -> tuple[str, ...]:
    owner, _, last = call.rpartition(".")
    root = call.partition(".")[0]
    if root in sys.stdlib_module_names:
        if len(last) > 8 or not last.islower():
            return (last,)
        # a word such as `environ` stands in every file
        return (call, f"from {owner} import", f"import {owner} as", f"({owner}, ")
    if len(root) > 3:
        return (root,)
    return (f"import {root}", f"from {root}", f"{root}.", f"({root}, ", f'"{root}"', f"'{root}'")


_BEFORE = ('": "', "': '", '("', "('", '="', "='")
"""What stands before a text as the value in a message, as the first thing that is given, and as what a keyword is given."""


def event_words(config: Config) -> frozenset[str]:
    """Texts of which one stands in every body that sends an event of a sequence, or one that is nearly one."""
    found: set[str] = set()
    for sequence in config.sequences:
        for event in (*sequence.events, *sequence.terminal):
            found |= {event, event.upper()}
            prefix, separator, rest = event.partition("_")
            if separator and len(prefix) > 2:
                found.add(f"{prefix}{rest[:1].upper()}")  # of `runStarted` for `run_started`
                found |= {f"{before}{prefix}_" for before in _BEFORE}
        if sequence.emitter:
            found.add(sequence.emitter.rpartition(":")[2].rpartition(".")[2])
    return frozenset(found)


def _unknown(config: Config, capability: Capability, name: str) -> ConfigError:
    names = [item.name for item in PRESETS]
    close = nearest(name, names)
    return Source(config.path or "ssot-lint.toml", config.table, config.lines).error(
        ("capabilities", capability.name, "extends"),
        f'found "{name}", expected one of {", ".join(names)}',
        f'Did you mean "{close}"?' if close else "`ssot-lint rules --presets` shows what each one holds.",
    )
