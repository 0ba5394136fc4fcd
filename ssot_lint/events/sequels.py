"""What follows on a run that a function leaves open: bodies that hold no word of the configuration, read for that.

Who calls a function that starts a run, and what such a body calls beside it, need not mention any event. The names
of functions that leave a run open are told to the files that see them; the bodies that call one are read, and so are
the functions that these bodies call. Most projects have few such functions.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping

from ssot_lint.events.emissions import followed
from ssot_lint.events.relays import Relays, calls_of
from ssot_lint.events.senders import senders_of
from ssot_lint.events.sight import Sight
from ssot_lint.events.spoken import spoken
from ssot_lint.model import MODULE, Flow, Node, Place
from ssot_lint.queries.again import bodies_naming, flow_again
from ssot_lint.queries.receivers import enclosing_class
from ssot_lint.queries.walks import callee, walk

_DEEP = 4
"""Functions that call one another before one of them sends."""


class Sequels:
    """Finds the bodies that follow on open runs, round by round, and admits them to the relays."""

    def __init__(self, relays: Relays) -> None:
        self.relays, self.project = relays, relays.project
        self.unseen: set[Place] = set()
        """Functions that are named where it is not known who calls them."""
        self._told: set[Place] = set()
        self._entered: set[Place] = set()
        self._sight: Sight | None = None

    def follow(self, open_: Collection[Place], entered: Collection[Place]) -> set[Place]:
        """Read on from functions that leave a run open: those whose paths may look otherwise now.

        Who calls them is asked of all, what they call of those that are `entered`.
        """
        new = [place for place in sorted(open_) if place not in self._told and place[1] != MODULE]
        self._told.update(new)
        named = list(self._naming(new))
        bodies = {place: flow for place, flow, _ in named if self._is_new(place)}
        bodies |= {place: flow for place, flow in self._below(entered) if self._is_new(place)}
        changed = self.relays.admit(bodies) if bodies else set()
        for place, flow, sought in named:
            self.unseen |= self._unclear(place, flow, sought)
        return changed

    def _is_new(self, place: Place) -> bool:
        return place not in self.relays.further and place not in followed(self.project)

    # -- who names them

    def _naming(self, places: Iterable[Place]) -> Iterator[tuple[Place, Flow, Mapping[str, set[Place]]]]:
        """(body, its flow, name -> those it may stand for) of the bodies that name one of the functions."""
        sought: dict[int, dict[str, set[Place]]] = defaultdict(lambda: defaultdict(set))
        for place in places:
            for file, names in self._seen_by(place):
                for name in names:
                    sought[file][name].add(place)
        for file in sorted(sought):
            for index, flow in bodies_naming(self.project, file, sought[file]):
                if _parts_of_names(flow.body).isdisjoint(sought[file]):
                    continue
                yield (file, index), flow, sought[file]

    def _seen_by(self, place: Place) -> Iterator[tuple[int, set[str]]]:
        """The files that see a function, be it as a method that it overrides, and what they call it."""
        if self._sight is None:
            self._sight = self.project.once(spoken).sight
        sight = self._sight.anew()
        definition = self.project.definition_at(place)
        sight.tell_of(place[0], definition.parent, definition.name)
        owner = definition.parent
        if owner != MODULE and self.project.definition_at((place[0], owner)).is_class:
            for base in self.project.ancestors(place[0], owner):
                if base.kind == "definition":
                    sight.tell_of(base.file, base.index, definition.name)
        yield from sight.take()

    def _unclear(self, place: Place, flow: Flow, sought: Mapping[str, set[Place]]) -> set[Place]:
        """The functions that a body names, so that somebody may call them, and nobody can tell who."""
        called = self.relays.called.get(place, {})
        functions: set[int] = set()
        found: set[Place] = set()
        senders = senders_of(self.project, place, flow)
        for node in walk(flow.body):
            if node.kind == "call":
                functions.add(id(node.children[0]))
                name = callee(node)
                wanted = sought.get(name.rpartition(".")[2])
                if wanted and id(node) not in called and (target := senders.function(name)) not in wanted:
                    found |= (
                        self._perhaps(place, name, wanted)
                        if target is None
                        else self._overridden(target, wanted)
                    )
            elif node.kind in ("name", "attribute") and id(node) not in functions:
                wanted = sought.get(node.text.rpartition(".")[2])
                if wanted:
                    name = node.text if node.kind == "name" else f"?.{node.text}"
                    found |= self._perhaps(place, name, wanted)
        return found - {place}

    def _perhaps(self, place: Place, name: str, wanted: set[Place]) -> set[Place]:
        """Those of some functions that a name may stand for: methods of what is not known, functions by themselves."""
        target = self.project.resolve(place[0], name, place[1]).target if "?" not in name else None
        if target is not None and target.kind == "definition":
            return wanted & {(target.file, target.index)}
        owner = name.rpartition(".")[0]
        return {item for item in wanted if owner and enclosing_class(self.project, *item) is not None}

    def _overridden(self, target: Place, wanted: set[Place]) -> set[Place]:
        """Those of some methods that override one."""
        owner = enclosing_class(self.project, *target)
        if owner is None:
            return set()
        return {
            item
            for item in wanted
            if (heir := enclosing_class(self.project, *item)) is not None
            and any(
                (base.file, base.index) == (target[0], owner)
                for base in self.project.ancestors(item[0], heir)
            )
        }

    # -- what they call

    def _below(self, entered: Iterable[Place]) -> Iterator[tuple[Place, Flow]]:
        """The functions, not followed so far, that are called by some bodies, and by what these call."""
        level = [place for place in sorted(entered) if place not in self._entered]
        for _ in range(_DEEP):
            self._entered.update(level)
            further: dict[Place, None] = {}
            for place in level:
                flow = self._flow(place)
                for _, target in calls_of(self.project, place, flow) if flow is not None else ():
                    if target in self._entered or target in further:
                        continue
                    if self._is_new(target):
                        body = flow_again(self.project, target)
                        if body is None:
                            continue
                        yield target, body
                    elif target not in self.relays.known:
                        continue
                    further[target] = None
            level = list(further)

    def _flow(self, place: Place) -> Flow | None:
        if place[1] == MODULE or not self._is_new(place):
            return Flow(place[1], self.relays.body(place))
        return flow_again(self.project, place)


def _parts_of_names(body: Node) -> set[str]:
    return {
        part for node in walk(body) if node.kind in ("name", "attribute") for part in node.text.split(".")
    }
