"""Keep one test double of a concept.

Every hand-written mock of a class is a claim about how the class behaves, and the claims differ: one has an
async `send`, one a sync one, one lacks the method the code under test calls. Tests then pass against a thing
that does not exist.

Two findings:

- Test doubles of a configured concept, but for the one under `test-double`. Where none is configured, the one
  that most files import is kept. Doubles derived from the kept one are fine, and so are helpers that only bear
  the concept's name and have none of its members.
- Without any configuration: a helper class of the same name with similar members at the top level of several
  test files. The first by path is kept. Classes that a test runner collects, or that are test cases by their name
  and methods, are no helpers. What derives from one class of a library or of production code (a view, a command) has
  the members that this one asks for: such classes are copies only if they have at least four, and all the same. What
  derives from different ones is none.

Example:

    # tests/test_chat.py, and again in 20 other files
    class MockWebSocketManager:
        def __init__(self): self.sent = []
        async def send(self, message): self.sent.append(message)

Use instead: move the double to one place below the test paths, import it, and name it under `test-double`.
`unittest.mock.create_autospec` gives doubles that cannot drift.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from ssot_lint.concepts.bases import collected_by, library_bases
from ssot_lint.concepts.claims import claims, ground_of
from ssot_lint.concepts.titles import mocking, words
from ssot_lint.config import Concept
from ssot_lint.model import MODULE, Claim, Related, Violation
from ssot_lint.project import Project
from ssot_lint.queries.members import Member, all_members, all_names, lineage, own_names
from ssot_lint.rule import Invalid, Rule, Valid

FIELDS = 4
"""A class without methods and with fewer fields is data that a test declares for itself: `Item` with a name."""

ASKED = 4
"""Classes with one base from a library and fewer members may have no more in common than what the base asks for."""

SIMILAR = 0.5
"""Share of common members (Jaccard) from which two helpers of one name count as copies."""


@dataclass(frozen=True)
class Options:
    min_files: int = 3
    """In how many test files a helper class must be defined to be reported without any concept."""


class _Looks(NamedTuple):
    """What helpers of one name are compared by."""

    members: frozenset[str]
    bases: frozenset[str]  # from libraries and production code


def check(project: Project, options: Options) -> Iterator[Violation]:
    reported: set[str] = set()
    for concept in project.config.concepts:
        doubles = {
            claim: likeness
            for claim in claims(project)[concept.name]
            if claim.kind == "test-double"
            and claim.definition >= 0
            and project.files[claim.file].is_test
            and (likeness := _likeness(project, claim))
        }
        reported.update(claim.symbol for claim in doubles)
        yield from _doubles(project, concept, doubles)
    yield from _copies(project, options.min_files, frozenset(reported))


def _likeness(project: Project, claim: Claim) -> int:
    """2: a mock by name, or a class with members of the canonical one. 1: called like the concept. 0: has the word."""
    terms = ground_of(project, claim.concept)
    members = all_members(project, claim.file, claim.definition)
    name = project.definition_at((claim.file, claim.definition)).name
    if mocking(name) or any(item.name in terms.members for item in members.values()):
        return 2
    return int(words(name)[-1:] in {words(item)[-1:] for item in terms.names})


def _doubles(project: Project, concept: Concept, doubles: Mapping[Claim, int]) -> Iterator[Violation]:
    if concept.test_double is not None:
        target = project.resolve_symbol(concept.test_double).target
        if target.kind != "definition":
            return  # a configured double that is not there is another rule's finding
        kept, path, line = target.symbol, project.files[target.file].path, project.definition(target).line
        place = (target.file, target.index)
        why = "the configured one is"
    elif len(doubles) > 1:
        best = min(doubles, key=lambda claim: (-doubles[claim], -claim.importers, claim.path, claim.line))
        kept, path, line, place = best.symbol, best.path, best.line, (best.file, best.definition)
        why = (
            f"of {len(doubles)}, most files import" if best.importers else f"of {len(doubles)}, the first is"
        )
    else:
        return
    for claim in doubles:
        if claim.symbol == kept or place in lineage(project, claim.file, claim.definition):
            continue
        name = project.definition_at((claim.file, claim.definition)).name
        yield Violation(
            project.location(claim.file, claim.definition),
            f"{name} is another test double of {concept.name}; {why} {kept}",
            concept=concept.name,
            symbol=claim.symbol,
            canonical=concept.canonical,
            reasons=(claim.reason,),
            related=(Related(path, line, "the test double to keep"),),
        )


def _copies(project: Project, min_files: int, reported: frozenset[str]) -> Iterator[Violation]:
    """Helpers of one name, copied from test file to test file."""
    named: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for number, source in enumerate(project.files):
        if source.is_test:
            for index, definition in enumerate(source.facts.definitions):
                if definition.is_class and definition.parent == MODULE:
                    named[definition.name].append((number, index))
    for name in sorted(named):
        if len({file for file, _ in named[name]}) < min_files:
            continue
        groups: list[tuple[_Looks, list[tuple[int, int]]]] = []
        for place in named[name]:
            if project.symbol(*place) in reported:
                continue
            own = own_names(project, *place, "SSOT104")
            looks = _Looks(frozenset(own), project.once_for(place, _asking))
            slight = len(own) < FIELDS and not any(member.is_called for member in own.values())
            if not own or slight or _is_suite(name, own):
                continue
            if collected_by(project, *place, all_names(project, *place, "SSOT104")):
                continue
            home = next((group for group in groups if _similar(group[0], looks)), None)
            if home is None:
                groups.append((looks, [place]))
            else:
                home[1].append(place)
        for _, places in groups:
            yield from _group(project, name, places, min_files)


def _is_suite(name: str, own: Mapping[str, Member]) -> bool:
    """Is it a test case by its name and its methods, for whatever runner?"""
    tests = any(member.startswith("test") and own[member].is_called for member in own)
    return tests and not {"test", "tests"}.isdisjoint(words(name))


def _asking(project: Project, place: tuple[int, int]) -> frozenset[str]:
    """The bases of a helper that ask something of who derives from them: of libraries, and of production code."""
    bases = (target for target in project.bases(*place) if target.kind == "definition")
    own = {target.symbol for target in bases if not project.files[target.file].is_test}
    return library_bases(project, place) | own


def _similar(one: _Looks, other: _Looks) -> bool:
    if one.bases & other.bases:
        return one.members == other.members and len(one.members) >= ASKED
    if one.bases and other.bases:
        return False  # each is made for what it derives from
    return len(one.members & other.members) >= SIMILAR * len(one.members | other.members)


def _group(project: Project, name: str, places: list[tuple[int, int]], min_files: int) -> Iterator[Violation]:
    files = len({file for file, _ in places})
    if files < min_files:
        return
    first = project.location(*places[0])
    for place in places[1:]:
        yield Violation(
            project.location(*place),
            f"{name} is defined with similar members in {files} test files, first in {first.path}",
            symbol=project.symbol(*place),
            related=(Related(first.path, first.line, "the first of them"),),
        )


CONFIG = """
[concepts.manager]
canonical = "shop.manager:Manager"
names = ["*Manager"]
"""

HOME = {
    "shop/__init__.py": "",
    "shop/manager.py": """
        class Manager:
            def __init__(self, user):
                self.user = user

            async def send(self, message):
                await self.user.send(message)
        """,
    "tests/__init__.py": "",
    "tests/doubles.py": """
        class FakeManager:
            def __init__(self):
                self.sent = []

            async def send(self, message):
                self.sent.append(message)
        """,
}

HELPER = """
    class Clock:
        def __init__(self):
            self.now = 0

        def advance(self, seconds):
            self.now += seconds
    """

RULE = Rule(
    id="SSOT104",
    name="duplicate-test-double",
    check=check,
    options=Options,
    severity="warning",
    valid=(
        Valid(
            {
                f"tests/test_{name}.py": """
                    from dataclasses import dataclass

                    @dataclass
                    class Item:
                        name: str
                        price: int = 0
                    """
                for name in "abcd"
            },
            id="data-of-several-tests",
        ),
        Valid(
            HOME
            | {
                "tests/test_chat.py": """
                    from tests.doubles import FakeManager

                    class SlowFakeManager(FakeManager):
                        async def send(self, message):
                            await super().send(message)

                    class TestManager:
                        def test_sends(self):
                            assert FakeManager()

                    class ManagerReport:
                        def lines(self):
                            return []
                    """
            },
            CONFIG + 'test-double = "tests.doubles:FakeManager"\n',
            id="one-double-and-its-children",
        ),
        Valid({"tests/test_a.py": HELPER, "tests/test_b.py": HELPER}, id="a-helper-in-two-files"),
        Valid(
            {
                f"tests/test_{name}.py": """
                    class TestClock:
                        def test_advances(self):
                            assert True
                    """
                for name in "abc"
            },
            id="test-cases-of-one-name",
        ),
        Valid(
            {
                f"tests/test_{name}.py": f"""
                    from framework.views import View

                    class MockView(View):
                        renderers = ["{name}"]

                        def get(self, request):
                            return "{name}"
                    """
                for name in "abc"
            },
            id="what-a-library-asks-for",
        ),
        Valid(
            {
                "shop/views.py": "class View:\n    def get(self, request): ...\n    def put(self, request): ...\n"
            }
            | {
                f"tests/test_{name}.py": f"""
                    from shop.views import View

                    class MockView(View):
                        def get(self, request):
                            return "{name}"
                    """
                for name in "abc"
            },
            id="what-production-code-asks-for",
        ),
        Valid(
            {f"shop/{name}.py": "class View:\n    def get(self, request): ...\n" for name in "abc"}
            | {
                f"tests/test_{name}.py": f"""
                    from shop.{name} import View as Base

                    class View(Base):
                        def __init__(self):
                            self.seen = []

                        def get(self, request):
                            self.seen.append(request)
                    """
                for name in "abc"
            },
            id="each-made-from-another-class",
        ),
        Valid(
            {
                f"tests/{name}.py": """
                    class ClockTest(Fixture):
                        clocks = None

                        def test_advances(self):
                            assert self.clocks
                    """
                for name in ("test_a", "test_b", "suite")
            },
            id="test-cases-of-another-runner",
        ),
    ),
    invalid=(
        Invalid(
            HOME
            | {
                "tests/test_chat.py": """
                    class StubManager:  # error: another test double of manager; the configured one is tests.doubles:FakeManager
                        def send(self, message):
                            pass
                    """
            },
            CONFIG + 'test-double = "tests.doubles:FakeManager"\n',
            id="beside-the-configured-one",
        ),
        Invalid(
            HOME
            | {
                "tests/a.py": """
                    class MockManager:  # error: of 2, most files import tests.doubles:FakeManager
                        def send(self, message):
                            return None
                    """,
                "tests/test_chat.py": "from tests.doubles import FakeManager\n",
            },
            CONFIG,
            id="most-imported-is-kept",
        ),
        Invalid(
            {
                "tests/test_a.py": HELPER,
                "tests/test_b.py": HELPER.replace(
                    "Clock:", "Clock:  # error: in 3 test files, first in tests/test_a.py"
                ),
                "tests/test_c.py": HELPER.replace("Clock:", "Clock:  # error: similar members"),
            },
            id="copied-helper",
        ),
        Invalid(
            {
                f"tests/test_{name}.py": f"""
                    from framework.views import View

                    class MockView(View):{comment}
                        renderers = ["html"]

                        def get(self, request):
                            return self.listed()

                        def put(self, request):
                            self.taken.append(request)

                        def listed(self):
                            return list(self.taken)
                    """
                for name, comment in (
                    ("a", ""),
                    ("b", "  # error: in 3 test files"),
                    ("c", "  # error: in 3 test files"),
                )
            },
            id="copied-from-a-library-s-class",
        ),
        Invalid(
            {
                "tests/test_a.py": HELPER,
                "tests/test_b.py": HELPER.replace("Clock:", "Clock:  # error: in 2 test files"),
            },
            options={"min-files": 2},
            id="fewer-files",
        ),
    ),
)
