"""The third-party packages that a project declares, by the names they are imported under.

A directory without `__init__.py` that is called like a declared dependency (`redis/` with some scripts in it)
does not shadow the installed package: Python prefers a regular package to a namespace. So who resolves an
import has to know what is declared.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from ssot_lint.errors import ConfigError
from ssot_lint.settings.toml import decode, parse_toml
from ssot_lint.tree.roots import parent_of

IMPORT_NAMES: Mapping[str, tuple[str, ...]] = {
    "antlr4-python3-runtime": ("antlr4",),
    "attrs": ("attr", "attrs"),
    "beautifulsoup4": ("bs4",),
    "discord-py": ("discord",),
    "django-cors-headers": ("corsheaders",),
    "django-debug-toolbar": ("debug_toolbar",),
    "django-environ": ("environ",),
    "django-filter": ("django_filters",),
    "django-simple-history": ("simple_history",),
    "django-storages": ("storages",),
    "djangorestframework": ("rest_framework",),
    "djangorestframework-simplejwt": ("rest_framework_simplejwt",),
    "dnspython": ("dns",),
    "factory-boy": ("factory",),
    "faiss-cpu": ("faiss",),
    "gitpython": ("git",),
    "google-api-python-client": ("googleapiclient",),
    "graphql-core": ("graphql",),
    "grpcio": ("grpc",),
    "ipython": ("IPython",),
    "kafka-python": ("kafka",),
    "mysql-connector-python": ("mysql",),
    "mysqlclient": ("MySQLdb",),
    "opencv-contrib-python": ("cv2",),
    "opencv-python": ("cv2",),
    "opencv-python-headless": ("cv2",),
    "pillow": ("PIL",),
    "protobuf": ("google",),
    "psycopg-binary": ("psycopg",),
    "psycopg2-binary": ("psycopg2",),
    "py-cord": ("discord",),
    "pycryptodome": ("Crypto",),
    "pygithub": ("github",),
    "pyjwt": ("jwt",),
    "pymongo": ("pymongo", "bson", "gridfs"),
    "pynacl": ("nacl",),
    "pyopenssl": ("OpenSSL",),
    "pypdf2": ("PyPDF2",),
    "pyqt5": ("PyQt5",),
    "pyqt6": ("PyQt6",),
    "pyserial": ("serial",),
    "python-json-logger": ("pythonjsonlogger",),
    "python-levenshtein": ("Levenshtein",),
    "python-memcached": ("memcache",),
    "python-multipart": ("multipart", "python_multipart"),
    "python-telegram-bot": ("telegram",),
    "pyyaml": ("yaml",),
    "pyzmq": ("zmq",),
    "scikit-image": ("skimage",),
    "scikit-learn": ("sklearn",),
    "setuptools": ("setuptools", "pkg_resources"),
    "social-auth-app-django": ("social_django",),
    "social-auth-core": ("social_core",),
    "umap-learn": ("umap",),
    "websocket-client": ("websocket",),
}
"""Distributions whose import names do not follow from their own."""

NAMESPACES = ("azure", "backports", "google", "opentelemetry", "ruamel", "zope")
"""Distributions called `<namespace>-...` that are imported from that namespace."""

_VERSION = r"(?:===?|[<>!~]=?|>=|<=)\s*[\w.*+!-]+"
_REQUIREMENT = re.compile(
    r"([A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)"
    r"\s*(?:\[[^\]]*\])?"
    rf"\s*(?:@\s*\S+|\(?\s*{_VERSION}(?:\s*,\s*{_VERSION})*\s*,?\s*\)?)?"
    r"\s*(?:;.*)?"
    r"(?:\s+--.*)?"
)
_INCLUDE = re.compile(r"(?:-r|-c|--requirement|--constraint)[ =]?\s*(\S+)")
_EGG = re.compile(r"#egg=([A-Za-z0-9._-]+)")


def declared_dependencies(root: Path, manifests: Iterable[str] | None = None) -> frozenset[str]:
    """Import names of what the project declares, guessed from the distributions' names.

    Top-level names, and dotted ones (`namespace_parts`).

    `manifests` are paths below `root` (`Discovery.manifests`); default: the files that stand in `root`
    itself. Files that cannot be read or parsed declare nothing. The project's own distributions, and those it
    takes from a path or a workspace, are left out.
    """
    if manifests is None:
        own = ("pyproject.toml", "setup.py", "setup.cfg", "Pipfile")
        manifests = (*own, *(path.name for path in root.glob("requirements*.txt")))
    declared: set[str] = set()
    local: set[str] = set()
    pending, seen = list(manifests), set[str]()
    while pending:
        manifest = pending.pop()
        if manifest in seen:
            continue
        seen.add(manifest)
        try:
            data = Path(root, manifest).read_bytes()
        except OSError:
            continue
        name = manifest.rpartition("/")[2]
        if name.endswith(".txt"):
            requirements, included = read_requirements(data)
            declared |= requirements
            pending += ["/".join(filter(None, (parent_of(manifest), path))) for path in included]
        elif name == "setup.py":
            declared.update(*map(required, _in_setup_script(data)))
        elif name == "setup.cfg":
            declared.update(*map(required, _in_setup_cfg(data.decode("utf-8", "replace"))))
        elif name in ("pyproject.toml", "Pipfile"):
            try:
                tables = parse_toml(decode(data, manifest), manifest)
            except ConfigError:
                continue
            declared.update(*map(required, _in_tables(tables)))
            local |= _local(tables)
    return frozenset(
        name
        for distribution in declared - local
        for name in (*import_names(distribution), *namespace_parts(distribution))
    )


def namespace_parts(distribution: str) -> tuple[str, ...]:
    """What a distribution may add to a namespace package: `shop.core` for `shop-core`, `a.b_c` and `a.b.c` for `a-b-c`."""
    pieces = normal_name(distribution).split("-")
    return tuple(
        ".".join((*pieces[:dots], "_".join(pieces[dots:])))
        for dots in range(1, len(pieces))
        if all(piece.isidentifier() for piece in pieces)
    )


def import_names(distribution: str) -> tuple[str, ...]:
    """The top-level names under which a distribution is probably imported."""
    normal = normal_name(distribution)
    if normal in IMPORT_NAMES:
        return IMPORT_NAMES[normal]
    first, _, rest = normal.partition("-")
    if rest and first in NAMESPACES:
        return (first,)
    if rest and first == "python":
        return (rest.replace("-", "_"),)
    return (normal.replace("-", "_"),)


def read_requirements(data: bytes) -> tuple[frozenset[str], tuple[str, ...]]:
    """The distributions that a requirements file names, and the files it includes.

    A text in which some line is no requirement names nothing: pip refuses it too, and prose is often called
    `requirements-something.txt`.
    """
    utf16 = data.startswith((b"\xff\xfe", b"\xfe\xff"))  # as PowerShell redirects
    text = data.decode("utf-16" if utf16 else "utf-8-sig", "replace")
    names: set[str] = set()
    included: list[str] = []
    for line in re.sub(r"\\\r?\n", " ", text).splitlines():
        line = re.sub(r"(^|\s)#(?!egg=).*", "", line).strip()
        if not line:
            continue
        if option := _INCLUDE.match(line):
            included.append(option[1])
        elif egg := _EGG.search(line):
            names.add(normal_name(egg[1]))
        elif requirement := _REQUIREMENT.fullmatch(line):
            names.add(normal_name(requirement[1]))
        elif not (line.startswith(("-", ".", "/")) or "://" in line or line.endswith((".whl", ".tar.gz"))):
            return frozenset(), ()
    return frozenset(names), tuple(included)


def normal_name(name: str) -> str:
    """PEP 503."""
    return re.sub(r"[-_.]+", "-", name).lower()


def required(line: str) -> set[str]:
    """The distribution that a PEP 508 requirement names."""
    found = _REQUIREMENT.fullmatch(line.strip())
    return {normal_name(found[1])} if found else set()


def _in_tables(tables: Mapping[str, object]) -> Iterator[str]:
    """Requirements in a pyproject.toml (PEP 621, PEP 735, poetry, uv, pdm, hatch) or a Pipfile."""
    listed: tuple[tuple[str, ...], ...] = (
        ("project", "dependencies"),
        ("build-system", "requires"),
        ("project", "optional-dependencies", "*"),
        ("dependency-groups", "*"),
        ("tool", "uv", "dev-dependencies"),
        ("tool", "pdm", "dev-dependencies", "*"),
        ("tool", "hatch", "envs", "*", "dependencies"),
    )
    for path in listed:
        for found in _at(tables, path):
            if isinstance(found, list):
                yield from (entry for entry in found if isinstance(entry, str))
    named: tuple[tuple[str, ...], ...] = (
        ("tool", "poetry", "dependencies"),
        ("tool", "poetry", "dev-dependencies"),
        ("tool", "poetry", "group", "*", "dependencies"),
        ("packages",),
        ("dev-packages",),
    )
    for path in named:
        for found in _at(tables, path):
            for name, value in found.items() if isinstance(found, dict) else ():
                if name != "python" and not (isinstance(value, dict) and "path" in value):
                    yield name


def _local(tables: Mapping[str, object]) -> set[str]:
    """The distribution itself, and those that come from the same repository."""
    names = {
        name
        for path in (("project", "name"), ("tool", "poetry", "name"))
        for name in _at(tables, path)
        if isinstance(name, str)
    }
    for sources in _at(tables, ("tool", "uv", "sources")):
        for name, value in sources.items() if isinstance(sources, dict) else ():
            if isinstance(value, dict) and ("path" in value or "workspace" in value):
                names.add(name)
    return {normal_name(name) for name in names}


def _at(value: object, path: tuple[str, ...]) -> Iterator[object]:
    """What stands at a path of keys; `*` is every key."""
    if not path:
        yield value
    elif isinstance(value, dict):
        for key in value if path[0] == "*" else {path[0]} & value.keys():
            yield from _at(value[key], path[1:])


def _in_setup_cfg(text: str) -> Iterator[str]:
    from configparser import ConfigParser, Error

    parser = ConfigParser(interpolation=None, strict=False)
    try:
        parser.read_string(text)
    except Error:
        return
    yield from parser.get("options", "install_requires", fallback="").splitlines()
    if parser.has_section("options.extras_require"):
        for requirements in parser["options.extras_require"].values():
            yield from requirements.splitlines()


def _in_setup_script(source: bytes) -> Iterator[str]:
    """Requirements that stand as literal strings in the call of `setup`."""
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError):
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.keyword) and node.arg in (
            "install_requires",
            "extras_require",
            "tests_require",
        ):
            value = node.value
            groups = value.values if isinstance(value, ast.Dict) else [value]
            for group in groups:
                for entry in group.elts if isinstance(group, (ast.List, ast.Tuple)) else ():
                    if isinstance(entry, ast.Constant) and isinstance(entry.value, str):
                        yield entry.value
