"""Bodies that were passed over for want of a word, read when they turn out to matter: `flow_again(project, place)`.

Which names stand for an event, and which functions send one, is known when the project is linked, and not before.
A function's own lines are all that is parsed, so that it costs what the function is long.
"""

from __future__ import annotations

import ast
import warnings
from collections.abc import Collection, Iterator, Mapping

from ssot_lint.model import MODULE, Definition, FileFacts, Flow, Node, Place
from ssot_lint.project import Project
from ssot_lint.queries.mentions import other_lines
from ssot_lint.queries.walks import names_in
from ssot_lint.reading.flows import flow, statement
from ssot_lint.reading.occurrences import any_in, lines_of
from ssot_lint.reading.text import Text, with_newlines


def text_of(project: Project, file: int) -> Text:
    """The text of a file, empty where it cannot be had."""
    project.quoted.add(file)
    return project.once_for(file, _text)


def proofread(project: Project, file: int) -> Text:
    """The text of a file for those who look in it for what is nearly an event, and then ask for what they found."""
    project.proofread.add(file)
    return project.once_for(file, _text)


def naming(project: Project, file: int, names: Collection[str]) -> tuple[Text, list[int]]:
    """The text of a file, and the lines on which one of these names stands: whoever reads more asks for `text_of`."""
    project.searched.update([(file, name) for name in names])
    text = project.once_for(file, _text)
    return text, lines_of(text.source, sorted(name.encode() for name in names), whole=True)


def functions_on(facts: FileFacts, lines: list[int]) -> Iterator[tuple[int, Definition]]:
    """(index, definition) of the functions that hold one of these lines, which are in order."""
    for index, definition in enumerate(facts.definitions):
        if not definition.is_class and any_in(lines, definition.first_line, definition.end_line):
            yield index, definition


def flow_again(project: Project, place: Place) -> Flow | None:
    """The body of a function of the project; None where its text cannot be had."""
    return project.once_for(place, _flow)


def kept_flows(project: Project, file: int) -> dict[int, Flow]:
    """The flows that a file's facts hold, by definition."""
    return project.once_for(file, _kept)


def flow_of(project: Project, place: Place) -> Flow | None:
    """The body of a function that is not a test's: as it was kept, else read now."""
    found = kept_flows(project, place[0]).get(place[1])
    return flow_again(project, place) if found is None else found


def module_flow(project: Project, file: int) -> Flow | None:
    """The statements of a module and of its classes, in their order; None where its text cannot be had."""
    return project.once_for(file, _module_flow)


def bodies_naming(project: Project, file: int, names: Collection[str]) -> Iterator[tuple[int, Flow]]:
    """(definition, flow) of the functions of a file, and of its own statements, on whose lines one of the names stands.

    In a function it may stand in a comment or a text.
    """
    facts = project.files[file].facts
    text, lines = naming(project, file, names)
    own = {item.line for item in facts.definitions if item.name in names}
    own |= {line for item in facts.imports for line in range(item.statement_line, item.end_line + 1)}
    lines = [line for line in lines if line not in own]
    inside: set[int] = set()
    for index, definition in functions_on(facts, lines) if lines else ():
        inside.update(range(definition.first_line, definition.end_line + 1))
        flow = known_flow(project, (file, index)) or flow_of(project, (file, index))
        if flow is not None:
            yield index, flow
    outside = [line for line in lines if line not in inside]
    if outside and not other_lines(facts, text.source, names).isdisjoint(outside):
        flow = module_flow(project, file)
        if flow is not None:
            yield MODULE, flow


def containers(project: Project, file: int) -> Mapping[tuple[int, int], Node]:
    """What a file assigns at module level and in classes, by the line and column of the name."""
    return project.once_for(file, _containers)


def known_flow(project: Project, place: Place) -> Flow | None:
    """The body of a function as far as it has been kept, or read for some reason."""
    found = kept_flows(project, place[0]).get(place[1])
    return project.known(_flow).get(place) if found is None else found


def _passage_of(project: Project, file: int, index: int) -> Text:
    """The text of a file for those who read of it one function, or what stands in no function (`MODULE`)."""
    project.reread.add((file, index))
    return project.once_for(file, _text)


def _kept(project: Project, file: int) -> dict[int, Flow]:
    return {item.definition: item for item in project.files[file].facts.flows}


def _text(project: Project, file: int) -> Text:
    return Text(with_newlines(project.unnoted_text(file) or b""))  # as `extract` does


def _flow(project: Project, place: Place) -> Flow | None:
    file, index = place
    source = project.files[file]
    definition = source.facts.definitions[index]
    if source.is_test or definition.is_class:
        return None
    text = _passage_of(project, file, index)
    node = _parsed(text, definition)
    if node is None:
        return None
    body = flow(node, text.column)
    project.spoken |= names_in(body)
    return Flow(index, body)


def _parsed(text: Text, definition: Definition) -> ast.FunctionDef | ast.AsyncFunctionDef | None:
    """A function by itself, its lines numbered as in the file."""
    first = definition.first_line
    lines = text.counted[first - 1 : definition.end_line]
    indented = lines[:1] != [] and lines[0][:1] in (b" ", b"\t", b"\f")
    above = [b""] * (first - 1 - indented)  # so that lines count as in the file
    block = b"\n".join([*above, b"if 1:", *lines] if indented else [*above, *lines])
    tree = _tree(block.decode("utf-8", "surrogateescape"))
    body = tree.body if tree is not None else []
    if indented and body and isinstance(body[0], ast.If):
        body = body[0].body
    node = body[0] if body else None
    if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) or node.name != definition.name:
        return None
    return node


def _tree(source: str | bytes) -> ast.Module | None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _module_flow(project: Project, file: int) -> Flow | None:
    text, facts = _passage_of(project, file, MODULE), project.files[file].facts
    if project.files[file].is_test or not text.counted:
        return None
    lines, last = list(text.counted), 0
    for item in sorted(facts.definitions, key=lambda item: item.first_line):
        if not item.is_class and item.first_line > last:  # what stands in a function is not parsed
            head, last = lines[item.first_line - 1], item.end_line
            lines[item.first_line - 1] = head[: len(head) - len(head.lstrip())] + b"pass"
            lines[item.first_line : last] = [b""] * (last - item.first_line)
    tree = _tree(b"\n".join(lines).decode("utf-8", "surrogateescape"))
    if tree is None:
        return None
    block = Node("block", "", 1, 1, tuple(statement(node, text.column) for node in _statements(tree.body)))
    project.spoken |= names_in(block)
    return Flow(MODULE, block)


def _statements(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    for node in body:
        if isinstance(node, ast.ClassDef):
            yield from _statements(node.body)
        elif not isinstance(node, ast.Import | ast.ImportFrom | ast.Pass):
            yield node


def _containers(project: Project, file: int) -> Mapping[tuple[int, int], Node]:
    text = _passage_of(project, file, MODULE)
    tree = _tree(text.source)
    found: dict[tuple[int, int], Node] = {}
    pending: list[ast.stmt] = list(tree.body) if tree is not None else []
    while pending:
        node = pending.pop()
        if isinstance(node, ast.ClassDef | ast.If | ast.Try):
            pending += node.body
        elif isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
            value, *targets = statement(node, text.column).children
            found.update(((target.line, target.column), value) for target in targets)
            project.spoken |= names_in(value)
    return found
