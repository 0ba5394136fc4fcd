"""Shapes do not change under renaming, layout, comments, docstrings and annotations, and change with all else."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
from contextlib import suppress
from textwrap import dedent

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ssot_lint.likeness.shapes import extract_shapes, similarity
from ssot_lint.likeness.tape import Shape

TOTAL = """
import decimal as dec

def total(items, rate):
    result = dec.Decimal(0)
    for item in items:
        if item.price is None:
            raise ValueError(f"no price for {item}")
        result += item.price * rate
    return result
"""

QUEUE = """
class Queue:
    limit = 10

    def __init__(self, name):
        self.name = name
        self.waiting = []

    def put(self, job, *, urgent=False):
        def rank(entry):
            return entry.priority, name
        if len(self.waiting) >= self.limit:
            self.drop(job)
        self.waiting.append(job)
        self.waiting.sort(key=rank)
        return self.logger.log(job)

    def drop(self, job):
        self.waiting = [other for other in self.waiting if other is not job]
"""


def shape(source: str, qualname: str = "") -> Shape:
    shapes = extract_shapes(dedent(source).encode())
    return next(item for item in shapes if not qualname or item.qualname == qualname)


def renamed(source: str, **names: str) -> str:
    for old, new in names.items():
        source = re.sub(rf"\b{old}\b", new, source)
    return source


@pytest.mark.parametrize(
    ("source", "changed"),
    [
        pytest.param(TOTAL, renamed(TOTAL, items="rows", item="row", result="amount"), id="locals"),
        pytest.param(TOTAL, renamed(TOTAL, total="amount_of"), id="own-name"),
        pytest.param(TOTAL, renamed(TOTAL, dec="decimal_"), id="import-alias"),
        pytest.param(TOTAL, TOTAL.replace("no price for", "what does it cost,"), id="literal"),
        pytest.param(TOTAL, TOTAL.replace("items, rate", "items: list[Item], rate: float = ..."), id=""),
        pytest.param(
            QUEUE, renamed(QUEUE, put="add", drop="forget", waiting="jobs", limit="size"), id="members"
        ),
        pytest.param(QUEUE, renamed(QUEUE, self="this", job="task", rank="order", entry="one"), id="nested"),
        pytest.param(QUEUE, QUEUE.replace("limit = 10", "limit: int = 20"), id="class-annotation"),
    ],
)
def test_digest_survives(source: str, changed: str) -> None:
    if "= ..." in changed:  # a default is code, an annotation is not
        assert shape(source).digest != shape(changed).digest
        changed = changed.replace(" = ...", "")
    assert changed != source
    assert shape(changed).digest == shape(source).digest
    assert shape(changed).exact != shape(source).exact


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("item.price * rate", "item.price / rate"),
        ("item.price * rate", "rate * item.price"),
        ("item.price * rate", "item.cost * rate"),
        ("item.price * rate", "item.price * item"),
        ("raise ValueError", "raise KeyError"),
        ("is None", "is not None"),
        ("Decimal(0)", "Decimal('0')"),
        ("return result", "return item"),
        ("        result +=", "    result +="),
        ("def total", "async def total"),
    ],
)
def test_digest_changes_with_the_code(old: str, new: str) -> None:
    assert old in TOTAL
    assert shape(TOTAL.replace(old, new)).digest != shape(TOTAL).digest


def test_renaming_must_be_consistent() -> None:
    crossed = shape("def f(a, b):\n    c = a - b\n    return c * a\n")
    straight = shape("def f(x, y):\n    z = x - y\n    return z * y\n")
    assert crossed.digest != straight.digest
    assert crossed.statements == straight.statements


def test_inherited_members_are_not_the_class_s_to_rename() -> None:
    assert shape(renamed(QUEUE, logger="journal")).digest != shape(QUEUE).digest


def test_a_global_is_not_a_local() -> None:
    local = "def f():\n    x = 1\n    return g(x)\n"
    shared = "def f():\n    global x\n    x = 1\n    return g(x)\n"
    assert shape(local).digest == shape(renamed(local, x="y")).digest
    assert shape(shared).digest != shape(renamed(shared, x="y")).digest


def test_scopes_are_apart() -> None:
    """A local of an inner function is its own business, whatever the outer one calls its locals."""
    source = "def f(x):\n    def g(y):\n        return x + y\n    return [g(y) for y in x]\n"
    other = "def f(x):\n    def g(z):\n        return x + z\n    return [g(y) for y in x]\n"
    assert shape(source, "f").digest == shape(other, "f").digest


def test_exact_sees_everything_but_layout() -> None:
    layout = "def total(\n  items,\n  rate,\n):\n  # sum it up\n  '''Sum.'''" + TOTAL.partition("rate):")[
        2
    ].replace("    ", "  ")
    base = shape(TOTAL)
    assert shape(layout).exact == base.exact
    for changed in (
        TOTAL.replace("no price", "No price"),
        TOTAL.replace("rate):", "rate: int):"),
        renamed(TOTAL, rate="factor"),
        renamed(TOTAL, total="sum_of"),
    ):
        assert shape(changed).exact != base.exact


def test_shapes_of_a_file() -> None:
    found = extract_shapes(dedent(QUEUE).encode(), minimum=2)
    assert [(item.definition, item.qualname, item.line, item.end_line, item.size, item.boilerplate) for item in found] == [
        ("class", "Queue", 2, 19, 14, False),
        ("function", "Queue.__init__", 5, 7, 2, True),
        ("function", "Queue.put", 9, 16, 7, False),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "source",
    [
        "class A:\n    x: int\n    y: int = 3\n    z = field()\n",
        "class A(Protocol):\n    def run(self) -> None: ...\n    def stop(self) -> None:\n        '''Stop.'''\n",
        "class A(ABC):\n    @abstractmethod\n    def run(self):\n        raise NotImplementedError('run')\n",
        "class A:\n    def __init__(self, x):\n        super().__init__(x)\n        self.x = x\n        self.y: int = g(x)\n",
        "class A:\n    @property\n    def x(self):\n        return self._x\n",
        "class A(Exception):\n    '''Failed.'''\n",
        "def f():\n    pass\n",
        "@overload\ndef f(x: int) -> int: ...\n",
    ],
)
def test_boilerplate(source: str) -> None:
    shapes = extract_shapes(source.encode(), minimum=0)
    assert all(item.boilerplate for item in shapes)


@pytest.mark.parametrize(
    "source",
    [
        "def f(self):\n    return self.g()\n",
        "def f():\n    raise ValueError\n",
        "class A:\n    def __init__(self, x):\n        self.x = x\n        connect(x)\n",
        "class A:\n    def f(self):\n        self.x = 1\n",
    ],
)
def test_not_boilerplate(source: str) -> None:
    assert not shape(source).boilerplate


def test_similarity_is_the_common_share_of_the_larger_one() -> None:
    base = shape(TOTAL)
    longer = shape(
        TOTAL.replace("    return result", "    log.info(result)\n    result.freeze()\n    return result")
    )
    assert base.size == 6
    assert similarity(base, base) == 1.0
    assert similarity(base, longer) == similarity(longer, base) == 6 / 8
    assert similarity(base, longer, cutoff=0.8) == 0.0
    assert similarity(base, shape(QUEUE)) == 0.0


def test_equal_digests_are_wholly_similar() -> None:
    one, other = shape(QUEUE), shape(renamed(QUEUE, put="add", waiting="jobs"))
    assert one.statements != other.statements
    assert similarity(one, other) == 1.0


def test_hashes_do_not_depend_on_the_process() -> None:
    code = f"from ssot_lint.likeness.shapes import extract_shapes\nprint(extract_shapes({QUEUE.encode()!r}))"
    printed = {
        subprocess.run(
            [sys.executable, "-c", code],
            env=os.environ | {"PYTHONHASHSEED": seed},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(printed) == 1


EVERYTHING = '''
@decorate(1)
async def everything(a, /, b: int, *args: str, c=3, **kwargs) -> None:
    """Every kind of statement."""
    global counter
    import os.path, json as j
    from . import sibling as s
    from ..pkg.mod import x as y, z
    counter: int
    counter += 1
    with open(a) as f, lock:
        pass
    async with pool as p:
        await p
    for i, (k, *v) in enumerate(b):
        if i: continue
        elif not k: break
    else:
        assert v, "message"
    async for q in stream: yield q
    while (n := next(b)) > 0 < c:
        del n.x, args[0], args[1:2]
    try:
        raise ValueError from None
    except (OSError, KeyError) as error:
        print(f"{error!r:>{c}}", *args, **kwargs)
    except* TypeError if False else TypeError: ...
    finally:
        nothing = lambda m, *, o=1: (m, o)
    match a:
        case {"k": 1, **rest} if rest: return
        case [1, *others] | (others): pass
        case Point(x=0) | None | -1.5j: pass
        case str() as text: pass
        case _: pass
    d = {**kwargs, "a": {1, 2}, "b": [r for r in b if r], "c": {t: u for t, u in b}}
    e = g = a[1:2, ...] if a and not b or ~c else b"x" @ a ** -1
    def inner():
        nonlocal d
        yield from d
    class Inner(Base, metaclass=Meta):
        attribute = a
    return (1, True, None, ...)
'''.replace("    except* TypeError if False else TypeError: ...\n", "")
LOCALS = [
    "a", "b", "args", "c", "kwargs", "j", "s", "y", "z", "f", "p", "i", "k", "v", "q", "n", "error", "nothing",
    "m", "o", "rest", "others", "text", "d", "e", "g", "r", "t", "u",
]  # fmt: skip


class _Rename(ast.NodeTransformer):
    """Renames variables in every place that the grammar has for one."""

    def __init__(self, names: dict[str, str]) -> None:
        self.names = names

    def generic_visit(self, node: ast.AST) -> ast.AST:
        for field in ("id", "arg", "name", "rest", "asname"):
            value = getattr(node, field, None)
            is_variable = not isinstance(node, ast.keyword) and not (
                isinstance(node, ast.alias) and field == "name"
            )
            if isinstance(value, str) and is_variable:
                setattr(node, field, self.names.get(value, value))
        if isinstance(node, ast.Nonlocal):
            node.names = [self.names.get(name, name) for name in node.names]
        if isinstance(node, ast.alias) and node.asname is None and node.name in self.names:
            node.asname = self.names[node.name]
        return super().generic_visit(node)


@given(st.permutations(range(len(LOCALS))))
def test_any_consistent_renaming_keeps_the_digest(order: list[int]) -> None:
    names = {name: f"renamed_{number}" for name, number in zip(LOCALS, order, strict=True)}
    tree = _Rename(names).visit(ast.parse(EVERYTHING))
    before, after = shape(EVERYTHING), shape(ast.unparse(tree))
    assert after.digest == before.digest
    assert after.exact != before.exact


@given(
    st.lists(st.integers(0, 60), max_size=8), st.sampled_from(["    # note\n", "\n", "        # note [\n"])
)
def test_comments_and_layout_keep_all_views(places: list[int], noise: str) -> None:
    lines = QUEUE.splitlines(keepends=True)
    for place in places:
        lines.insert(place % len(lines), noise)
    before = [(item.exact, item.digest, item.statements) for item in extract_shapes(QUEUE.encode())]
    for text in ("".join(lines), ast.unparse(ast.parse(QUEUE))):
        after = [(item.exact, item.digest, item.statements) for item in extract_shapes(text.encode())]
        assert after == before


def test_deep_nesting_is_no_recursion() -> None:
    chain = "def f(x):\n    return x" + ".a" * 3000 + "\n"
    depth = (
        "def f(x):\n" + "".join("    " * n + f"    if x > {n}:\n" for n in range(90)) + "    " * 92 + "pass\n"
    )
    with suppress(RecursionError, MemoryError):  # the parser's own limit, before ours
        assert shape(chain).size == 1
    assert shape(depth).size == 91


def test_what_does_not_parse_raises() -> None:
    with pytest.raises(SyntaxError):
        extract_shapes(b"def f(:")
