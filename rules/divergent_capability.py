"""Make the calls of a capability everywhere as its home makes them.

Two places that decode tokens with different keys or algorithms disagree about who is logged in; one that does not
verify the signature believes anybody. The difference is rarely meant: a place was copied, the home was mended, the
copy was not.

For every call of a capability the algorithms, where the key comes from, the options, and what is verified are read
from its arguments, also from those given to `partial`, `to_thread` and executors that make the call: constants and names that are assigned once are followed, across modules. A call outside the home
is compared with the calls of the same function in the home, and reported with each difference from the one that is
most like it. Verification that is switched off (`verify=False`, `options={"verify_signature": False}`,
`algorithms=["none"]`) is reported as an error even where the home is not known, in the home itself as a warning, like
everything else. The settings of all the other sites stand beside the finding, the home's first.

What comes from a parameter, is put together at run time, or may be added to a `partial` later, is undecided and counts
as no difference. A site that does
what one of the home's calls does is fine here, if scattered. Where the home has to look into a token before it can
verify it, a suppression with that reason says so. Files below `test-paths` are not looked at.

Example:

    # the home: jwt.decode(token, settings.KEY, algorithms=["HS256"], audience="platform")
    def read(token):
        return jwt.decode(token, OTHER_KEY, algorithms=["HS512"])

Use instead: call the home; or, where the place is right, change the home.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from ssot_lint.capabilities.arguments import UNKNOWN, Arguments
from ssot_lint.capabilities.uses import Site, sites
from ssot_lint.model import MODULE, NOTHING, Flow, Location, Node, Related, Violation
from ssot_lint.project import Project
from ssot_lint.queries.walks import argument, keywords
from ssot_lint.rule import Invalid, NoOptions, Rule, Valid

_ROWS = 12

_PLACES: Mapping[str, tuple[str, ...]] = {
    "decode": ("token", "key", "algorithms", "options"),
    "decode_complete": ("token", "key", "algorithms", "options"),
    "encode": ("payload", "key", "algorithm"),
    "sign": ("payload", "key", "headers", "algorithm"),
    "verify": ("token", "key", "algorithms", "verify"),
}
"""What the arguments without a name are, in PyJWT and python-jose."""

_OFF = {"verify", "verify_signature"}

_DEFAULTS = {f"verify_{name}" for name in ("signature", "exp", "nbf", "iat", "aud", "iss", "sub", "jti")} | {
    "verify"
}
"""What is verified when nothing is said."""

_UNVERIFIED = {"get_unverified_claims"}

_COMPARED = ("algorithms", "key", "audience", "issuer", "required")


@dataclass(frozen=True, slots=True)
class _Row:
    """What one call says. Absent settings are missing, undecided ones are "?"."""

    site: Site
    settings: Mapping[str, str]
    disabled: tuple[str, ...]  # how verification is switched off, in words

    @property
    def kind(self) -> tuple[str, str]:
        """Calls of one kind are compared: `jose.jwt.decode` with `jwt.decode`."""
        last = self.site.call.rpartition(".")[2]
        return self.site.capability.name, last.removesuffix("_complete")


def check(project: Project, options: NoOptions) -> Iterator[Violation]:
    rows = [
        _row(project, site)
        for site in sites(project).sites
        if site.form in ("call", "prepared") and site.node.kind == "call"
    ]
    alike: dict[tuple[str, str], list[_Row]] = defaultdict(list)  # by kind, the home's first
    for row in sorted(rows, key=lambda item: not item.site.at_home):
        alike[row.kind].append(row)
    home = {
        kind: [row for row in group if row.site.at_home and not row.disabled] for kind, group in alike.items()
    }
    for row in rows:
        differences: tuple[str, ...] = ()
        if not row.site.at_home:
            differences = min((_differences(row, other) for other in home[row.kind]), key=len, default=())
        if row.disabled or differences:
            yield _violation(project, row, differences, alike[row.kind])


def _violation(project: Project, row: _Row, differences: tuple[str, ...], alike: list[_Row]) -> Violation:
    site = row.site
    parts = [*row.disabled, *(item for item in differences if not (row.disabled and "verif" in item))]
    return Violation(
        Location(project.files[site.file].path, site.line, site.column),
        f"{site.call} differs from the home of {site.capability.name}: {'; '.join(parts)}"
        if not row.disabled
        else f"{site.call} does not verify what it reads: {'; '.join(parts)}",
        symbol=None if site.scope == MODULE else project.symbol(site.file, site.scope),
        canonical=site.capability.use,
        reasons=tuple(parts),
        related=tuple(_as_related(project, item) for item in alike[: _ROWS + 1] if item is not row)[:_ROWS],
        severity="error" if row.disabled and not site.at_home else None,
    )


def _as_related(project: Project, row: _Row) -> Related:
    text = ", ".join(f"{name} {value}" for name, value in sorted(row.settings.items()) if value != UNKNOWN)
    where = "the home" if row.site.at_home else "another site"
    path = project.files[row.site.file].path
    return Related(path, row.site.line, f"{where}: {row.site.call}: {text or 'nothing that is known'}")


def _differences(row: _Row, home: _Row) -> tuple[str, ...]:
    found = []
    names = sorted({*row.settings, *home.settings}, key=lambda name: (name not in _COMPARED, name))
    for name in names:
        mine, theirs = row.settings.get(name), home.settings.get(name)
        if mine == theirs or UNKNOWN in (mine, theirs):
            continue
        if mine is None:
            found.append(f"no {name}, the home has {theirs}")
        elif theirs is None:
            found.append(f"{name} {mine}, the home gives none")
        else:
            found.append(f"{name} {mine}, the home's {theirs}")
    return tuple(found)


def _row(project: Project, site: Site) -> _Row:
    call, last = site.node, site.call.rpartition(".")[2]
    flow = Flow(site.scope, _body(project, site))
    reader = Arguments(project, site, flow)
    unpacked = reader.unpacked(call)
    if unpacked is not None:
        call = unpacked
    given = keywords(call)
    places = _PLACES.get(last, ())
    found: dict[str, str] = {}

    def take(*names: str) -> Node | None:
        for name in names:
            node = argument(call, name, places.index(name) if name in places else None)
            if node is not None:
                return node
        return None

    algorithms = take("algorithms", "algorithm")
    if algorithms is not None:
        found["algorithms"] = reader.listed(algorithms)
    key = take("key", "secret")
    if key is not None and (source := reader.source(key)):
        found["key"] = source
    for name in ("audience", "issuer"):
        if name in given:
            found[name] = reader.value(given[name])
    flags = {name: node for name, node in given.items() if name.startswith("verify")}
    flags |= reader.entries(take("options"))
    for name, node in flags.items():
        if name == "require":
            found["required"] = reader.listed(node)
        else:
            value = reader.value(node)
            if value != "True" or name not in _DEFAULTS:
                found[name] = value
    if "**" in given or site.form == "prepared":
        found = {name: found.get(name, UNKNOWN) for name in {*found, *_COMPARED, "verify_signature"}}
    return _Row(site, found, tuple(_disabled(found, last)))


def _disabled(found: Mapping[str, str], last: str) -> Iterator[str]:
    if last in _UNVERIFIED:
        yield "it reads claims without looking at the signature"
    for name, value in sorted(found.items()):
        if name in _OFF and value == "False":
            yield f"{name} is False"
    named = found.get("algorithms", "").lower().replace("'", "").replace('"', "")
    if named in ("none", "[none]") or "none" in named.strip("[]").split(", "):
        yield "the algorithm is none"


def _body(project: Project, site: Site) -> Node:
    flows = project.files[site.file].facts.flows
    return next((flow.body for flow in flows if flow.definition == site.scope), NOTHING)


_CONFIG = """
[capabilities.tokens]
calls = ["jwt.decode", "jwt.encode"]
home = ["app.tokens"]
"""

_HOME = {
    "app/settings.py": 'KEY = load("KEY")\nALGORITHM = "HS256"\n',
    "app/tokens.py": """
        import jwt

        from app import settings

        def read(token):
            return jwt.decode(token, settings.KEY, algorithms=[settings.ALGORITHM], audience="platform")

        def sign(payload):
            return jwt.encode(payload, settings.KEY, algorithm="HS256")
    """,
}

RULE = Rule(
    id="SSOT402",
    name="divergent-capability",
    check=check,
    severity="warning",
    valid=(
        Valid(
            _HOME
            | {
                "app/mobile.py": """
                    import jwt

                    from app.settings import KEY

                    def read(token):
                        return jwt.decode(token, key=KEY, audience="platform", algorithms=["HS256"])

                    def read_with(token, key, algorithms):
                        return jwt.decode(token, key, algorithms=algorithms, audience="platform")

                    def read_as(token, **how):
                        return jwt.decode(token, **how)
                """
            },
            _CONFIG,
        ),
        Valid(
            _HOME
            | {
                "app/other.py": """
                    import jwt

                    from app.settings import KEY

                    ALGORITHMS = ["HS256"]
                    WAY = {"algorithms": ALGORITHMS, "audience": "platform"}

                    def by_name(token):
                        return jwt.decode(token, KEY, algorithms=ALGORITHMS, audience="platform")

                    def by_table(token):
                        return jwt.decode(token, KEY, **WAY)
                    """,
            },
            _CONFIG,
            id="written-out-elsewhere",
        ),
        Valid(
            _HOME
            | {
                "app/later.py": """
                    import asyncio
                    from functools import partial

                    import jwt

                    from app.settings import KEY

                    read = partial(jwt.decode, key=KEY, algorithms=["HS256"])

                    async def reads(token):
                        await asyncio.to_thread(jwt.decode, token, KEY, algorithms=["HS256"], audience="platform")
                        return read(token, audience="platform")
                    """,
            },
            _CONFIG,
            id="prepared-as-the-home-does",
        ),
    ),
    invalid=(
        Invalid(
            _HOME
            | {
                "app/later.py": """
                    import asyncio
                    from functools import partial

                    import jwt

                    from app.settings import KEY

                    read = partial(jwt.decode, key=KEY, algorithms=["HS512"])  # error: algorithms ['HS512'], the home's ['HS256']
                    look = partial(jwt.decode, options={"verify_signature": False})  # error: verify_signature is False

                    async def reads(token, loop):
                        await asyncio.to_thread(jwt.decode, token, KEY, algorithms=["HS256"])  # error: no audience, the home has 'platform'
                        return await loop.run_in_executor(None, jwt.decode, token, "k")  # error: key a constant in the source
                    """,
            },
            _CONFIG,
            id="prepared-and-handed-to-others",
        ),
        Invalid(
            _HOME
            | {
                "app/mobile.py": """
                    import jwt

                    SECRET = make("mobile")

                    def read(token):
                        return jwt.decode(token, SECRET, algorithms=["HS256"])  # error: key app.mobile.SECRET, the home's app.settings.KEY

                    def sign(payload):
                        return jwt.encode(payload, "s3cret", "HS512")  # error: algorithms ['HS512'], the home's ['HS256']; key a constant
                """
            },
            _CONFIG,
        ),
        Invalid(
            {
                "app/tokens.py": """
                    import jwt

                    def peek(token):
                        return jwt.decode(token, options={"verify_signature": False})  # error: verify_signature is False
                """
            },
            _CONFIG,
            id="the-home-itself",
        ),
        Invalid(
            {
                "app/rooms.py": """
                    import jwt
                    from jose import jwt as jose_jwt

                    def invitation(token):
                        return jwt.decode(token, options={"verify_signature": False})  # error: verify_signature is False

                    def ticket(token):
                        checks = {"verify_signature": False}
                        return jwt.decode(token, "k", algorithms=["none"], options=checks)  # error: the algorithm is none

                    def old(token):
                        return jwt.decode(token, "k", verify=False)  # error: verify is False

                    def claims(token):
                        return jose_jwt.get_unverified_claims(token)  # error: without looking at the signature
                """
            },
            '[capabilities.tokens]\nextends = ["jwt"]\nhome = ["app.tokens"]\n',
            id="switched-off",
        ),
        Invalid(
            _HOME
            | {
                "app/loose.py": 'OPTIONS = {"verify_signature": False}\nWAY = {"algorithms": ["HS512"], "audience": "platform"}\n',
                "app/other.py": """
                    import jwt

                    from app.loose import OPTIONS, WAY
                    from app.settings import KEY

                    def loose(token):
                        return jwt.decode(token, KEY, algorithms=["HS256"], audience="platform", options=OPTIONS)  # error: verify_signature is False

                    def other(token):
                        return jwt.decode(token, KEY, **WAY)  # error: algorithms ['HS512'], the home's ['HS256']
                    """,
            },
            _CONFIG,
            id="written-out-elsewhere",
        ),
    ),
)
