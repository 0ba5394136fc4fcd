"""Make the calls of a capability in its home, and nowhere else.

A capability such as decoding tokens or reading the environment is decided in one place: which key, which
algorithm, which default. Each further place decides again, is forgotten at the next change, and cannot be
replaced in tests. A second `jwt.decode` is a second idea of who may log in.

Reported is every use of a configured call outside the modules named in `home` and those below them: through
imports, aliases, attributes, `getattr(jwt, "decode")` and `import_module("jwt")`, and handed on uncalled
(`map(jwt.decode, tokens)`), as a default, in a decorator or in the body of a class. A name such as `os.environ` counts however it is used. A function that only hands its
arguments on is reported at the call inside it, and those who import or call it are named beside. Where tokens are
decoded, taking one apart by hand, base64 of a part of `token.split(".")` read as JSON, counts too: no signature
is looked at.

Files below `test-paths` are not looked at, on purpose: tests make and open tokens of all kinds to check what the
home does, and would drown the rest (one repository has 812 calls of `jwt.decode` and `jwt.encode` in its tests, and
12 places elsewhere that matter). A name that can only be known at run time, `getattr(jwt, name)`, is undecided and
not reported. It is fine to import the package for its exceptions and types.

Calls can be named one by one, or by a preset: `ssot-lint rules --presets` shows them.

Example:

    # calls = ["jwt.decode"], home = ["app.tokens"]
    def read(token):
        return jwt.decode(token, SECRET, algorithms=["HS256"])

Use instead: call the home, or what the capability names as `use`.
"""

from __future__ import annotations

from collections.abc import Iterator

from ssot_lint.capabilities.uses import Site, sites, undecided
from ssot_lint.model import MODULE, Location, Node, Related, Violation
from ssot_lint.project import Project
from ssot_lint.queries.walks import callee, walk
from ssot_lint.rule import Invalid, NoOptions, Rule, Valid

_NAMED = 5


def check(project: Project, options: NoOptions) -> Iterator[Violation]:
    for site in sites(project).sites:
        if not site.at_home:
            yield Violation(
                Location(project.files[site.file].path, site.line, site.column),
                _message(site),
                symbol=_symbol(project, site),
                canonical=site.capability.use,
                related=_related(project, site),
            )


def _message(site: Site) -> str:
    home = ", ".join(site.capability.home)
    instead = f"; use {site.capability.use}" if site.capability.use else ""
    what = {
        "call": f"{site.call} is called outside {home}",
        "prepared": f"{site.call} is used outside {home}",
        "read": f"{site.call} is used outside {home}",
        "by-hand": f"a token is taken apart by hand, its signature unchecked, outside {home}",
    }[site.form]
    return f"{what}: {site.capability.name} has one home{instead}"


def _symbol(project: Project, site: Site) -> str | None:
    return None if site.scope == MODULE else project.symbol(site.file, site.scope)


def _related(project: Project, site: Site) -> tuple[Related, ...]:
    """Who uses a function that only forwards to the call."""
    if site.scope == MODULE or not _forwards(project, site):
        return ()
    source = project.files[site.file]
    name = source.facts.definitions[site.scope].name
    found = [
        Related(project.files[file].path, imp.line, f"imports {name}, which only hands on to {site.call}")
        for file, imp in project.users(project.symbol(site.file, site.scope))
        if not project.files[file].is_test
    ]
    found += [
        Related(source.path, node.line, f"calls {name}, which only hands on to {site.call}")
        for flow in source.facts.flows
        for node in walk(flow.body)
        if node.kind == "call" and callee(node).rpartition(".")[2] == name
        if project.resolve(site.file, callee(node), flow.definition).target.symbol
        == project.symbol(site.file, site.scope)
    ]
    return tuple(sorted(found, key=lambda item: (item.path, item.line))[:_NAMED])


def _forwards(project: Project, site: Site) -> bool:
    """Is the call all that its function does, its arguments being parameters and constants?"""
    facts = project.files[site.file].facts
    body = next((flow.body for flow in facts.flows if flow.definition == site.scope), None)
    definition = facts.definitions[site.scope]
    if body is None or definition.is_class:
        return False
    steps = [item for item in body.children if not _is_docstring(item)]
    parameters = {item.name for item in definition.parameters}
    return (
        len(steps) == 1
        and steps[0].kind == "return"
        and bool(steps[0].children)
        and steps[0].children[0] == site.node
        and all(
            item.text.partition(".")[0] in parameters
            for part in site.node.children[1:]
            for item in walk(part)
            if item.kind == "name" and item.text.islower()
        )
    )


def _is_docstring(node: Node) -> bool:
    return node.kind == "expression" and node.children[0].kind == "constant"


_JWT = """
[capabilities.tokens]
calls = ["jwt.decode", "jwt.encode"]
home = ["app.tokens"]
use = "app.tokens:read"
"""
_ENVIRONMENT = """
[capabilities.environment]
extends = ["environment"]
home = ["app.env"]
"""
_HOME = {
    "app/__init__.py": "",
    "app/tokens.py": """
        import jwt

        def read(token):
            return jwt.decode(token, "k", algorithms=["HS256"])
    """,
}

RULE = Rule(
    id="SSOT401",
    name="scattered-capability",
    check=check,
    undecided=undecided,
    valid=(
        Valid(
            _HOME
            | {"app/api.py": "from app.tokens import read\n\ndef user(token):\n    return read(token)\n"},
            _JWT,
        ),
        Valid(
            {
                "app/tokens/keys.py": """
                    import jwt

                    def read(token):
                        return jwt.decode(token, "k", algorithms=["HS256"])
                """
            },
            _JWT,
            id="below-home",
        ),
        Valid(
            _HOME
            | {
                "app/api.py": """
                    import jwt

                    from app.tokens import read

                    def user(token):
                        try:
                            return read(token)
                        except jwt.InvalidTokenError:
                            return None
                """
            },
            _JWT,
            id="exceptions",
        ),
        Valid(
            _HOME
            | {
                "tests/test_tokens.py": """
                    import jwt

                    def test_read():
                        assert jwt.decode("t", "k", algorithms=["HS256"])
                """
            },
            _JWT,
            id="tests",
        ),
        Valid(
            {
                "app/other.py": """
                    def read(jwt, token):
                        return jwt.decode(token)
                """
            },
            _JWT,
            id="parameter-of-that-name",
        ),
        Valid(
            {
                "app/names.py": "environ = {'A': '1'}\nfrom app.paths import env\n",
                "app/paths.py": "env = {'HOME': '/'}\n",
                "app/settings.py": """
                    import os

                    from app.names import env, environ

                    class Settings:
                        separator = os.sep
                        os = environ
                        home = os["environ"]

                    def make():
                        os = environ

                        class Inner:
                            value = os.environ

                        def wait(seconds=os.environ):
                            return env["HOME"]

                        return Inner, wait
                """,
            },
            _ENVIRONMENT,
            id="other-things-of-those-names",
        ),
        Valid(
            {
                "app/codec.py": """
                    import base64

                    def picture(text):
                        head, body = text.split(",")
                        return base64.b64decode(body)

                    def protocol(text):
                        return base64.urlsafe_b64decode(text.split(".")[1]).decode()
                """
            },
            _JWT,
            id="other-base64",
        ),
        Valid(
            {
                "app/run.py": """
                    import jwt

                    def call(name, token):
                        return getattr(jwt, name)(token)
                """
            },
            _JWT,
            id="undecided",
        ),
    ),
    invalid=(
        Invalid(
            _HOME
            | {
                "app/api.py": """
                    import jwt

                    def user(token):
                        return jwt.decode(token, "k", algorithms=["HS256"])  # error: outside app.tokens
                """
            },
            _JWT,
        ),
        Invalid(
            {
                "app/api.py": """
                    import jwt as j
                    from jwt import decode as d
                    from jwt import encode

                    def user(token):
                        return d(token, "k")  # error: jwt.decode

                    def sign(payload):
                        return encode(payload, "k")  # error: jwt.encode

                    def again(token):
                        return j.decode(token, "k")  # error: jwt.decode

                    def indirect(token):
                        return getattr(j, "decode")(token, "k")  # error: jwt.decode

                    def local(token):
                        read = j.decode
                        return read(token)  # error: jwt.decode

                    def all_of(tokens):
                        return list(map(j.decode, tokens))  # error: is used outside
                """
            },
            _JWT,
            id="aliases",
        ),
        Invalid(
            {
                "app/security.py": "import jwt\n\ndecode_it = jwt.decode  # error: is used outside\n",
                "app/api.py": """
                    from app.security import decode_it

                    AGENT = "jwt.user"

                    def user(token):
                        return decode_it(token, "jwt.key")  # error: jwt.decode is called
                """,
            },
            _JWT,
            id="re-exported",
        ),
        Invalid(
            {
                "app/api.py": """
                    import importlib

                    import jwt

                    class Reader:
                        def __init__(self):
                            self.codec = jwt

                        def read(self, token):
                            return self.codec.decode(token, "jwt.key")  # error: jwt.decode

                    def late(token):
                        return importlib.import_module("jwt").decode(token)  # error: jwt.decode
                """
            },
            _JWT,
            id="attributes-and-late-imports",
        ),
        Invalid(
            {
                "app/wrapper.py": """
                    import jwt

                    def unpack(token, key):
                        return jwt.decode(token, key, algorithms=["HS256"])  # error: outside app.tokens
                """,
                "app/api.py": """
                    from app.wrapper import unpack

                    def user(token):
                        return unpack(token, "k")
                """,
            },
            _JWT,
            id="wrapper",
        ),
        Invalid(
            {
                "app/logs.py": """
                    import base64
                    import json

                    def user(token):
                        body = token.split(".")[1]
                        padded = body + "=" * (-len(body) % 4)
                        return json.loads(base64.urlsafe_b64decode(padded))["sub"]  # error: taken apart by hand

                    def header(token):
                        head, payload, signature = token.split(".")
                        raw = base64.b64decode(head + "==")  # error: taken apart by hand
                        return json.loads(raw.decode())
                """
            },
            _JWT,
            id="by-hand",
        ),
        Invalid(
            {
                "app/settings.py": """
                    import os
                    from os import environ

                    from dotenv import load_dotenv

                    load_dotenv()  # error: dotenv.load_dotenv
                    DEBUG = os.environ.get("DEBUG")  # error: os.environ is called

                    class Settings:
                        url = os.getenv("URL")  # error: os.getenv

                    def port():
                        if "PORT" in environ:  # error: os.environ is used
                            return environ["PORT"]  # error: os.environ is used
                        return os.environ["P"]  # error: os.environ is used
                """
            },
            _ENVIRONMENT,
            id="environment",
        ),
        Invalid(
            {
                "app/settings.py": """
                    import os
                    from dataclasses import dataclass, field

                    class Settings(Base, prefix=os.environ["PREFIX"]):  # error: os.environ is used
                        debug: bool = os.environ.get("DEBUG") == "1"  # error: os.environ
                        retries = int(os.getenv("RETRIES", "3"))  # error: os.getenv

                        class Meta:
                            level = os.getenv("LEVEL", "info").upper()  # error: os.getenv

                        def wait(self, seconds=float(os.environ.get("WAIT", 1))):  # error: os.environ
                            return seconds

                    @dataclass
                    class Database:
                        url: str = field(default_factory=lambda: os.environ["URL"])  # error: os.environ is used

                    def load(*, environ=os.environ):  # error: os.environ is used
                        return environ["A"]

                    @retry(times=int(os.environ.get("TIMES", 3)))  # error: os.environ
                    def call():
                        return 1
                """
            },
            _ENVIRONMENT,
            id="where-definitions-are-made",
        ),
        Invalid(
            {
                "app/names.py": "from os import environ as env, getenv as var  # outside, by names of its own\n",
                "app/use.py": """
                    from app.names import env, var

                    def url():
                        return env["URL"]  # error: os.environ is used

                    def port():
                        return var("PORT")  # error: os.getenv is called
                """,
                "app/modules.py": """
                    import app.names
                    from app import names

                    def url():
                        return names.env["URL"]  # error: os.environ is used

                    def port():
                        return app.names.var("PORT")  # error: os.getenv is called
                """,
                "app/star.py": """
                    from app.names import *

                    def url():
                        return env["URL"]  # error: os.environ is used
                """,
            },
            _ENVIRONMENT,
            id="re-exported-under-another-name",
        ),
        Invalid(
            {
                "app/api.py": """
                    import jwt
                    from jwt import decode as read

                    class Reader:
                        one = staticmethod(read)  # error: jwt.decode is used
                        two = {"plain": jwt.decode}  # error: jwt.decode is used

                        def __init__(self, decode=read):  # error: jwt.decode is used
                            self.decode = decode
                """
            },
            _JWT,
            id="kept-by-a-class",
        ),
    ),
)
