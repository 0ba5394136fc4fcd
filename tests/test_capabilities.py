"""Sites of capabilities: what names stand for, aliases, attributes, late imports, tokens taken apart."""

from __future__ import annotations

from textwrap import dedent

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ssot_lint.capabilities.uses import sites, undecided
from ssot_lint.testing import project_of

CONFIG = '[capabilities.jwt]\ncalls = ["jwt.decode", "jwt.encode"]\nhome = ["app.tokens"]\n'


def found(code: str, config: str = CONFIG, **more: str) -> list[tuple[str, int, str, str, bool]]:
    files = {"app/__init__.py": "", "app/a.py": dedent(code)}
    files |= {name.replace("__", "/") + ".py": dedent(text) for name, text in more.items()}
    project = project_of(files, config)
    return [
        (project.files[site.file].path, site.line, site.call, site.form, site.at_home)
        for site in sites(project).sites
    ]


def lines(code: str, **more: str) -> list[int]:
    return [line for path, line, *_ in found(code, **more) if path == "app/a.py"]


@pytest.mark.parametrize(
    "code",
    [
        "import jwt\ndef f(t):\n    return jwt.decode(t)\n",
        "import jwt as j\ndef f(t):\n    return j.decode(t)\n",
        "from jwt import decode as d\ndef f(t):\n    return d(t)\n",
        "import jwt\ndef f(t):\n    return getattr(jwt, 'decode')(t)\n",
        "import jwt\nd = jwt.decode\ndef f(t): return d(t, 'jwt.x')\n",
        "import jwt\nd = getattr(jwt, 'decode')\ndef f(t): return d(t, 'jwt.x')\n",
        "import importlib\ndef f(t):\n    return importlib.import_module('jwt').decode(t)\n",
        "from importlib import import_module\ndef f(t):\n    return import_module('jwt').decode(t)\n",
        "def f(t):\n    x = 1\n    return __import__('jwt').decode(t)\n",
        "def f(t):\n    import jwt\n    return (lambda: jwt.decode(t))()\n",
        "import jwt\ndef f(ts):\n    return [jwt.decode(t) for t in ts]\n",
    ],
)
def test_every_way_to_the_call(code: str) -> None:
    assert found(code) == [("app/a.py", 3, "jwt.decode", "call", False)]


@pytest.mark.parametrize(
    "code",
    [
        "import jwt\nclass A:\n    codec = jwt.decode\n",
        "import jwt\ndef f(t):\n    if (d := jwt.decode)(t): pass\n",
    ],
)
def test_what_is_handed_on_is_read(code: str) -> None:
    assert found(code) == [("app/a.py", 3, "jwt.decode", "read", False)]


@pytest.mark.parametrize(
    "code",
    [
        "import jwt\ndef f(jwt, t):\n    return jwt.decode(t)\n",
        "import jwt\ndef f(t):\n    jwt = t.codec\n    return jwt.decode(t)\n",
        "def f(t):\n    return t.decode('jwt.x')\n",
        "from app import jwt\ndef f(t):\n    return jwt.decode(t)\n",
        "import jwt\ndef f(t):\n    raise jwt.InvalidTokenError(t)\n",
        "from jwt import decode\n",
    ],
)
def test_what_only_looks_like_it(code: str) -> None:
    assert lines(code, app__jwt="def decode(t): ...\n") == []


def test_what_a_class_or_a_function_is_made_with_is_read_once() -> None:
    code = """
        import jwt
        from jwt import decode as read

        class A:
            one = staticmethod(read)

            @wrapped(jwt.decode)
            def f(self, decode=read, *, other=jwt.encode):
                return 1

            class B(A, codec=jwt.encode):
                pass

        def outer():
            def inner(decode=read):
                return decode
            return inner
        """
    assert found(code) == [
        ("app/a.py", 5, "jwt.decode", "read", False),
        ("app/a.py", 7, "jwt.decode", "read", False),
        ("app/a.py", 8, "jwt.decode", "read", False),
        ("app/a.py", 8, "jwt.encode", "read", False),
        ("app/a.py", 11, "jwt.encode", "read", False),
    ]


def test_re_exports_are_followed_and_home_is_told_apart() -> None:
    project_files = {
        "app__tokens": "import jwt\ndecode = jwt.decode\ndef read(t):\n    return jwt.decode(t)\n",
        "app__hub": "from app.tokens import decode as unpack\n",
    }
    code = "from app.hub import unpack\ndef f(t):\n    return unpack(t, 'jwt.x')\n"
    assert found(code, **project_files) == [
        ("app/a.py", 3, "jwt.decode", "call", False),
        ("app/tokens.py", 2, "jwt.decode", "read", True),
        ("app/tokens.py", 4, "jwt.decode", "call", True),
    ]


def test_an_attribute_that_is_set_once_is_followed() -> None:
    code = """
        import jwt
        class A:
            def __init__(self):
                self.codec = jwt
                self.other = jwt
                self.other = None
            def f(self, t):
                return self.codec.decode(t, "jwt.x"), self.other.decode(t)
    """
    assert lines(code) == [8]


def test_a_name_known_at_run_time_only_is_counted() -> None:
    code = "import jwt\ndef f(name, t):\n    return getattr(jwt, name)(t)\n"
    project = project_of({"app/a.py": code}, CONFIG)
    assert (sites(project).sites, undecided(project)) == ((), 1)


def test_a_watched_module_of_the_project_itself() -> None:
    config = '[capabilities.sign]\ncalls = ["app.crypto.sign"]\nhome = ["app.tokens"]\n'
    code = (
        "from app.crypto import sign as s\nfrom app import crypto\ndef f(x):\n    s(x)\n    crypto.sign(x)\n"
    )
    assert [item[1:4] for item in found(code, config, app__crypto="def sign(x): ...\n")] == [
        (4, "app.crypto.sign", "call"),
        (5, "app.crypto.sign", "call"),
    ]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("return json.loads(base64.b64decode(t.split('.')[1]))", 1),
        ("a, b, c = t.split('.')\n    return json.loads(base64.b64decode(b + '=='))", 1),
        ("parts = t.split('.')\n    raw = base64.b64decode(parts[0])\n    return json.loads(raw)", 1),
        ("parts = [base64.b64decode(p) for p in t.split('.')]\n    return json.loads(parts[0])", 1),
        ("return base64.b64decode(t.split('.')[1])", 0),
        ("return json.loads(base64.b64decode(t.split(',')[1]))", 0),
        ("x = base64.b64decode(t)\n    return json.loads(t.split('.')[0])", 0),
    ],
)
def test_tokens_taken_apart(body: str, expected: int) -> None:
    code = f"import base64, json\ndef f(t):\n    {body}\n"
    assert [form for *_, form, _ in found(code)] == ["by-hand"] * expected


@given(
    st.permutations(["app/a.py", "app/b.py", "app/tokens.py"]), st.sampled_from(["t", "token", "raw_value"])
)
def test_order_of_files_and_names_of_locals_change_nothing(order: list[str], name: str) -> None:
    code = f"import jwt\ndef f({name}):\n    d = jwt.decode\n    return d({name})\n"
    files = dict.fromkeys(order, code)
    project = project_of(files, CONFIG)
    assert [(project.files[site.file].path, site.line) for site in sites(project).sites] == [
        ("app/a.py", 4),
        ("app/b.py", 4),
        ("app/tokens.py", 4),
    ]
