"""Presets: what they hold, how a capability extends them, which words make a body relevant."""

from __future__ import annotations

import json

import pytest

from ssot_lint.config import Config
from ssot_lint.errors import ConfigError
from ssot_lint.settings import presets
from ssot_lint.settings.parsing import parse


def config(text: str) -> Config:
    return parse(text, "ssot-lint.toml")


def test_a_capability_has_its_own_calls_and_those_of_its_presets() -> None:
    settings = config(
        '[capabilities.c]\ncalls = ["app.sign", "jwt.decode"]\nextends = ["jwt"]\nhome = ["app.t"]\n'
    )
    found = presets.calls(settings, settings.capabilities[0])
    assert found[:2] == ("app.sign", "jwt.decode")
    assert len(found) == len(set(found))
    assert {"jose.jwt.decode", "authlib.jose.jwt.encode"} <= set(found)


def test_an_unknown_preset_names_file_line_key_and_the_nearest() -> None:
    settings = config('[capabilities.c]\nhome = ["app.t"]\nextends = ["enviroment"]\n')
    with pytest.raises(ConfigError) as caught:
        presets.call_words(settings)
    assert str(caught.value) == (
        'ssot-lint.toml:3: capabilities.c.extends: found "enviroment", expected one of environment, jwt, logging\n'
        '  Did you mean "environment"?'
    )


def test_an_unknown_preset_far_from_all_says_where_to_look() -> None:
    settings = config('[capabilities.c]\nhome = ["app.t"]\nextends = ["xyz"]\n')
    with pytest.raises(ConfigError) as caught:
        presets.calls(settings, settings.capabilities[0])
    assert caught.value.hint == "`ssot-lint rules --presets` shows what each one holds."


def test_presets_are_sorted_and_name_dotted_calls() -> None:
    assert [item.name for item in presets.PRESETS] == sorted(item.name for item in presets.PRESETS)
    assert [call for item in presets.PRESETS for call in item.calls if "." not in call] == []


@pytest.mark.parametrize(
    ("call", "line"),
    [
        ("os.environ", "x = os.environ['A']"),
        ("os.environ", "from os import environ"),
        ("os.environ", "import os as o"),
        ("logging.basicConfig", "from logging import basicConfig"),
        ("jwt.decode", "import jwt"),
        ("jwt.decode", "from jwt import decode as d"),
        ("jwt.decode", "f = getattr(jwt, 'decode')"),
        ("jwt.decode", 'm = import_module("jwt")'),
        ("jwt.decode", "base64.urlsafe_b64decode(body)"),
        ("dotenv.load_dotenv", "from dotenv import load_dotenv"),
    ],
)
def test_every_way_to_a_call_holds_a_word(call: str, line: str) -> None:
    settings = config(f'[capabilities.c]\ncalls = ["{call}"]\nhome = ["app.t"]\n')
    assert [word for word in presets.call_words(settings) if word in line]


def test_the_word_for_the_environment_is_not_that_of_every_file() -> None:
    settings = config('[capabilities.c]\nextends = ["environment"]\nhome = ["app.t"]\n')
    line = "environment = get_environment(production_environment)"
    assert [word for word in presets.call_words(settings) if word in line] == []


def test_event_words_find_constants_near_misses_and_the_emitter() -> None:
    settings = config('[sequences.s]\nevents = ["run_started"]\nemitter = "app.e:RunEmitter"\n')
    words = presets.event_words(settings)
    for line in (
        "emit(RUN_STARTED)",
        '{"type": "run_strated"}',
        "def f(emitter: RunEmitter):",
        "notify_run_started()",
    ):
        assert [word for word in words if word in line], line


def test_the_command_shows_them() -> None:
    from click.testing import CliRunner

    from ssot_lint.cli.rules import command

    shown = CliRunner().invoke(command, ["--presets"])
    assert shown.exit_code == 0
    assert "environment: Access to environment variables and .env files.\n  os.environ\n" in shown.output
    listed = CliRunner().invoke(command, ["--presets", "--format", "json"])
    assert [item["name"] for item in json.loads(listed.output)["presets"]] == [
        "environment",
        "jwt",
        "logging",
    ]
