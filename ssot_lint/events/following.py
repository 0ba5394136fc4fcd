"""Runs one body over states: what each path through it has sent when it leaves."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec.structs import replace

from ssot_lint.events.acts import Body
from ssot_lint.events.conditions import is_broad, rendered
from ssot_lint.events.outcomes import Callees
from ssot_lint.events.states import Ends, State, Step, answer_of, decide, distinct, forget, settled, truth
from ssot_lint.events.transfers import Transfers
from ssot_lint.model import Node
from ssot_lint.queries.walks import walk


class Walker:
    """Runs one body over states, for one sequence."""

    def __init__(self, body: Body, callees: Callees) -> None:
        self.body = body
        self.transfers = Transfers(body, callees)

    def walk(self, states: list[State]) -> Ends:
        """Where the paths go that come in these states."""
        graph, place = self.body.graph, self.body.place
        ends = self.block(graph.body(place), states)
        if graph.is_outline(place):  # what stands in a branch there is not known
            for name in ("after", "returned", "raised"):
                unsure = [
                    replace(state, unsure=True) if state.run is not None else state
                    for state in getattr(ends, name)
                ]
                setattr(ends, name, unsure)
        return ends

    def evaluate(self, nodes: Iterable[Node], states: list[State]) -> list[State]:
        """The states after some expressions; what may fail on the way goes to the handlers around."""
        for node in nodes:
            effects = list(self.body.effects(node)) if self.body.matters(node) else []
            for effect in effects:
                before, failed = states, len(self.transfers.trying[-1]) if self.transfers.trying else 0
                states = distinct(
                    after for state in states for after in self.transfers.transfer(effect, state)
                )
                if self.transfers.trying and (states or len(self.transfers.trying[-1]) == failed):
                    self.transfers.trying[-1] += [state for state in states if state.run is None] or before
            if self.transfers.trying and not effects and self.body.may_raise(node):
                self.transfers.trying[-1] += states
        return states

    def block(self, node: Node, states: list[State]) -> Ends:
        ends = Ends()
        for item in node.children:
            if not states:
                break
            inner = self.statement(item, states)
            ends.take(inner)
            states = distinct(inner.after)
        ends.after = states
        if self.transfers.loose:
            ends.raised = distinct([*ends.raised, *self.transfers.loose])
            self.transfers.loose = []
        return ends

    def statement(self, node: Node, states: list[State]) -> Ends:
        children = node.children
        match node.kind:
            case "return":
                done = self.note(self.evaluate(children, states), node.line, "returns")
                answers = (truth(children[0], state.facts) if children else False for state in done)
                return Ends(
                    returned=[
                        replace(state, answer=answer) for state, answer in zip(done, answers, strict=True)
                    ]
                )
            case "raise":
                done = self.note(self.evaluate(children, states), node.line, "raises")
                return Ends(raised=done)
            case "break":
                return Ends(broken=states)
            case "continue":
                return Ends(continued=states)
            case "if":
                return self.choice(node, states)
            case "loop":
                return self.loop(node, states)
            case "try":
                return self.attempt(node, states)
            case "with":
                done = self.evaluate((item.children[0] for item in children[:-1]), states)
                return self.block(children[-1], done)
            case "match":
                return self.match(node, states)
            case "definition":
                return Ends(after=states)
            case "assign":
                done = self.evaluate(children, states)
                return Ends(after=[_assigned(node, state) for state in self.forget(node, done)])
            case _:
                return Ends(
                    after=[settled(state) for state in self.forget(node, self.evaluate(children, states))]
                )

    def forget(self, node: Node, states: list[State]) -> list[State]:
        """The states without what was decided about names that a statement binds."""
        if not any(state.facts for state in states):
            return states
        return forget(self.body.bound(node), states)

    def note(self, states: list[State], line: int, text: str) -> list[State]:
        step = Step(self.transfers.path, line, text)
        return [replace(state, steps=(*state.steps, step)) for state in states]

    def choice(self, node: Node, states: list[State]) -> Ends:
        test, then, otherwise = node.children
        states = self.evaluate((test,), states)
        ends = Ends()
        if not self.body.matters(then) and not self.body.matters(otherwise):
            for part in (then, otherwise):
                self.evaluate((part,), states)
            ends.after = self.forget(node, states)
            return ends
        absent, chosen = self.body.choice(node)
        for block, holds in ((then, True), (otherwise, False)):
            decided = (decide(test, holds, state, self.body.weighed.remembered) for state in states)
            taken = distinct(settled(state) for state in decided if state is not None)
            if taken and (block.children or not holds):
                word = "holds" if holds else "does not hold"
                taken = self.note(taken, node.line, f"the condition {word}")
                if holds == absent:  # there is nobody to send through
                    taken = [replace(state, run=None, last=None) for state in taken]
                if chosen:
                    taken = [replace(state, unsure=True) for state in taken]
                inner = self.block(block, taken)
                ends.take(inner)
                ends.after = distinct([*ends.after, *inner.after])
        return ends

    def loop(self, node: Node, states: list[State]) -> Ends:
        test, _, body, otherwise = node.children
        ends = Ends()
        states = self.evaluate((test,), states)
        endless = node.text == "while" and test.kind == "constant" and test.text in ("True", "1")
        if not self.body.matters(body):
            self.evaluate((body,), states)
            after = [] if endless else self.forget(node, states)
        else:
            sends = self.body.sends(body) or any(id(item) in self.body.weighed.opaque for item in walk(body))
            after = [] if endless else [replace(state, unsure=state.unsure or sends) for state in states]
            current, broken = states, []
            for _ in range(2):
                inner = self.block(body, self.forget(node, current))
                ends.take(inner, loops=False)
                broken += inner.broken
                current = distinct([*inner.after, *inner.continued])
                if not endless:
                    after = distinct([*after, *current])
                current = distinct(replace(state, last=None, ended=None) for state in current)
            broken = distinct(broken)
            last = self.block(otherwise, distinct(after))
            ends.take(last)
            ends.after = distinct([*last.after, *broken])
            return ends
        last = self.block(otherwise, after)
        ends.take(last)
        ends.after = last.after
        return ends

    def attempt(self, node: Node, states: list[State]) -> Ends:
        body, handlers, otherwise, final = node.children
        ends = Ends()
        caught: list[State] = []
        if handlers.children:
            self.transfers.trying.append(caught)
        inner = self.block(body, states)
        if handlers.children:
            self.transfers.trying.pop()
            broad = [handler for handler in handlers.children if is_broad(handler)]
            caught = distinct([self.failed(state) for state in (*caught, *inner.raised)])
            inner.raised = [] if broad else [replace(state, unsure=True) for state in inner.raised]
        ends.take(inner)
        last = self.block(otherwise, inner.after)
        ends.take(last)
        ends.after = list(last.after)
        for handler in handlers.children:
            text = "an exception comes to this handler"
            answer = self.block(handler.children[1], self.note(caught, handler.line, text))
            ends.take(answer)
            ends.after = distinct([*ends.after, *answer.after])
        if final.children:
            ends = self.finally_(final, ends)
        return ends

    def failed(self, state: State) -> State:
        """The state in a handler: whether a run that a callee has ended was the one that failed, nobody knows."""
        if state.ended is None or (state.ended.file, state.ended.scope) == self.body.place:
            return state
        return replace(state, ended=None)

    def finally_(self, final: Node, ends: Ends) -> Ends:
        found = Ends()
        for name in ("after", "returned", "raised", "broken", "continued"):
            states: list[State] = getattr(ends, name)
            if states:
                inner = self.block(final, states)
                found.take(inner)
                setattr(found, name, distinct([*getattr(found, name), *inner.after]))
        return found

    def match(self, node: Node, states: list[State]) -> Ends:
        states = self.evaluate(node.children[:1], states)
        ends = Ends()
        cases = node.children[1:]
        if not any(self.body.matters(case) for case in cases):
            self.evaluate(cases, states)
            ends.after = self.forget(node, states)
            return ends
        for case in cases:
            guarded = self.evaluate(case.children[:1], states)
            inner = self.block(case.children[1], self.note(guarded, case.line, "this case matches"))
            ends.take(inner)
            ends.after = distinct([*ends.after, *inner.after])
        if not any(case.text == "_" for case in cases):
            ends.after = distinct([*ends.after, *self.note(states, node.line, "no case matches")])
        return ends


def _assigned(node: Node, state: State) -> State:
    """The state in which a name holds what a call has answered."""
    answer = answer_of(node.children[0])
    facts = settled(state).facts
    for fact, holds in state.facts:
        if fact == answer:
            facts |= {(rendered(target), holds) for target in node.children[1:] if target.kind == "name"}
    return state if facts == state.facts else replace(state, facts=facts)
