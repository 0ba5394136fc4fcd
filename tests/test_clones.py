"""Clusters: what is a copy of what, and that neither file order nor the number of processes matters."""

from __future__ import annotations

import json
import re
from array import array
from concurrent.futures import ThreadPoolExecutor
from itertools import combinations
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import example, given
from hypothesis import strategies as st
from rapidfuzz.distance import LCSseq

from ssot_lint.cli.duplicates import command
from ssot_lint.config import Config
from ssot_lint.likeness.clones import Cluster, Found, find_clusters, near_pairs
from ssot_lint.likeness.copies import Search, find_copies
from ssot_lint.likeness.shapes import extract_shapes

PARSE = '''
def parse(text, strict):
    """Read the fields."""
    fields = {}
    for line in text.splitlines():
        key, _, value = line.partition("=")
        if not value and strict:
            raise ValueError(key)
        fields[key.strip()] = value
    logger.debug("parsed %s", fields)
    check(fields)
    return fields
'''
PARSE_RENAMED = re.sub(r"\bfields\b", "found", PARSE.replace("parse(", "read("))
PARSE_LONGER = PARSE.replace("    check(fields)\n", "    check(fields)\n    audit.note(fields)\n")
PARSE_OTHER = (
    PARSE.replace("logger.debug", "journal.write").replace("check(", "seal(").replace("strip", "lower")
)

STORE = """
class Store:
    def load(self, key):
        if key not in self.rows:
            self.rows[key] = self.backend.fetch(key)
            self.count += 1
        return self.rows[key]

    def drop(self, key):
        for row in self.rows.pop(key):
            row.close()
            self.count -= 1
        self.backend.forget(key)
"""


def found(files: dict[str, str]) -> list[Found]:
    return [
        Found(path, path[:-3].replace("/", "."), path.startswith("tests/"), shape)
        for path, source in files.items()
        for shape in extract_shapes(source.encode(), 4)
        if not shape.boilerplate
    ]


def summary(clusters: tuple[Cluster, ...]) -> list[tuple[str, float, list[str]]]:
    return [
        (item.kind, round(item.similarity, 2), [member.symbol for member in item.members])
        for item in clusters
    ]


@pytest.mark.parametrize(
    ("other", "kind", "similarity"),
    [
        (PARSE.replace('"""Read the fields."""', "# another comment"), "exact", 1.0),
        (PARSE_RENAMED, "renamed", 1.0),
        (PARSE_LONGER, "near", 0.9),
        (PARSE.replace("parsed %s", "done: %s"), "renamed", 1.0),
        (PARSE.replace("raise ValueError(key)", "raise ValueError(value)"), "near", 1.0),
    ],
)
def test_kinds(other: str, kind: str, similarity: float) -> None:
    clusters = find_clusters(found({"a.py": PARSE, "b.py": other}))
    name = "read" if "def read" in other else "parse"
    assert summary(clusters) == [(kind, similarity, ["a:parse", f"b:{name}"])]


def test_below_the_threshold_is_no_copy() -> None:
    files = {"a.py": PARSE, "b.py": PARSE_OTHER}
    assert find_clusters(found(files), 0.8) == ()
    assert summary(find_clusters(found(files), 0.6)) == [("near", 0.67, ["a:parse", "b:parse"])]


def test_the_least_similar_member_names_the_cluster() -> None:
    clusters = find_clusters(
        found({"a.py": PARSE, "b.py": PARSE, "c.py": PARSE_RENAMED, "d.py": PARSE_LONGER})
    )
    assert summary(clusters) == [("near", 0.9, ["a:parse", "b:parse", "c:read", "d:parse"])]
    assert (clusters[0].identical, clusters[0].redundant) == (2, 28)


def test_methods_of_copied_classes_are_not_reported_again() -> None:
    clusters = find_clusters(found({"a.py": STORE, "b.py": STORE}))
    assert summary(clusters) == [("exact", 1.0, ["a:Store", "b:Store"])]


def test_a_method_that_is_copied_elsewhere_too_is_reported() -> None:
    lone = (
        STORE.replace("class Store", "class Cache").partition("    def drop")[0] + "    def stop(self): ...\n"
    )
    clusters = find_clusters(found({"a.py": STORE, "b.py": STORE, "c.py": lone}))
    assert summary(clusters) == [
        ("exact", 1.0, ["a:Store", "b:Store"]),
        ("exact", 1.0, ["a:Store.load", "b:Store.load", "c:Cache.load"]),
    ]


def test_renamed_members_of_a_class() -> None:
    source = STORE.replace("class Store:\n", "class Store:\n    rows = {}\n")
    other = re.sub(r"\brows\b", "items", source.replace("load", "get").replace("drop", "remove"))
    assert summary(find_clusters(found({"a.py": source, "b.py": other}))) == [
        ("renamed", 1.0, ["a:Store", "b:Store"])
    ]


def test_a_wrapper_is_no_copy_of_what_it_wraps() -> None:
    body = "".join(f"        step_{number}(x)\n" for number in range(20))
    source = f"def outer():\n    def inner(x):\n{body}    return inner\n"
    assert find_clusters(found({"a.py": source})) == ()


def test_a_class_is_no_copy_of_a_function() -> None:
    body = "".join(f"    step_{number}()\n" for number in range(8))
    assert (
        find_clusters(
            found({"a.py": f"class A:\n{body}    def f(self):\n        go()\n", "b.py": f"def a():\n{body}"})
        )
        == ()
    )


def chain(start: int) -> str:
    return "def f():\n" + "".join(f"    step_{number}()\n" for number in range(start, start + 10))


def test_chains_do_not_form_clusters() -> None:
    """Each is 80 % of the next, and 60 % of the one after: all members are like one of them."""
    files = {f"m{start:02}.py": chain(start) for start in range(0, 20, 2)}
    clusters = find_clusters(found(files), 0.8)
    assert [[member.path for member in cluster.members] for cluster in clusters] == [
        ["m00.py", "m02.py", "m04.py"],
        ["m06.py", "m08.py"],
        ["m10.py", "m12.py"],
        ["m14.py", "m16.py"],
    ]


def test_the_id_stays_when_code_moves() -> None:
    files = {"a.py": PARSE, "b.py": PARSE_LONGER}
    moved = {path: "x = 1\n\n\n" + source for path, source in reversed(files.items())}
    assert [item.id for item in find_clusters(found(files))] == [
        item.id for item in find_clusters(found(moved))
    ]


@given(st.permutations(["a.py", "b.py", "c.py", "d.py", "e.py", "f.py"]))
def test_the_order_of_files_does_not_matter(order: list[str]) -> None:
    sources = dict(
        zip("abcdef", (PARSE, PARSE_RENAMED, PARSE_LONGER, PARSE_OTHER, STORE, STORE), strict=True)
    )
    files = {f"{name}.py": source for name, source in sources.items()}
    assert find_clusters(found({path: files[path] for path in order})) == find_clusters(found(files))


@given(
    st.lists(st.lists(st.integers(0, 6), min_size=1, max_size=12), max_size=9),
    st.sampled_from([0.5, 0.7, 0.75, 0.8, 0.9, 1.0]),
)
@example([[0, 0, 0, 0], [0, 0, 0, 0, 0]], 0.8)
def test_the_filter_loses_no_pair(lists: list[list[int]], threshold: float) -> None:
    sequences = [array("Q", item) for item in lists]
    expected = {
        (i, j): score
        for i, j in combinations(range(len(sequences)), 2)
        if (score := LCSseq.normalized_similarity(sequences[i], sequences[j])) >= threshold
    }
    assert near_pairs(sequences, threshold) == expected


@pytest.mark.parametrize("threshold", [0.0, -1.0, 1.1])
def test_a_threshold_out_of_range_is_an_error(threshold: float) -> None:
    with pytest.raises(ValueError, match="threshold"):
        find_clusters([], threshold)


# --- whole trees --------------------------------------------------------------------------------------


def write(root: Path, files: dict[str, str]) -> Path:
    for path, source in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(source)
    return root


TREE = {
    "pyproject.toml": "[project]\nname = 'shop'\n",
    "shop/a.py": PARSE,
    "shop/b.py": PARSE_LONGER,
    "shop/migrations/0001.py": PARSE,
    "shop/schema_pb2.py": "# Generated by protoc. Do not edit!\n" + PARSE,
    "shop/broken.py": "def f(:\n",
    "tests/test_parse.py": PARSE,
}


def test_a_tree(tmp_path: Path) -> None:
    copies = find_copies(write(tmp_path, TREE), Config(), Search(minimum=5))
    assert summary(copies.clusters) == [
        ("near", 0.9, ["shop.a:parse", "shop.b:parse", "tests.test_parse:parse"])
    ]
    assert (copies.files, copies.definitions) == (6, 3)
    assert list(copies.unparsed) == ["shop/broken.py"]


@pytest.mark.parametrize(
    ("search", "paths"),
    [
        (Search(tests=False), ["shop/a.py", "shop/b.py"]),
        (Search(tests=False, kinds=("exact",)), []),
        (Search(tests=False, similarity=0.95), []),
        (Search(below=("tests",)), ["shop/a.py", "shop/b.py", "tests/test_parse.py"]),
        (Search(below=("shop/migrations",)), []),
        (
            Search(boilerplate=True, tests=False),
            ["shop/a.py", "shop/b.py", "shop/migrations/0001.py", "shop/schema_pb2.py"],
        ),
        (Search(minimum=11), []),
    ],
)
def test_what_to_search(tmp_path: Path, search: Search, paths: list[str]) -> None:
    copies = find_copies(write(tmp_path, TREE), Config(), search)
    assert [member.path for cluster in copies.clusters for member in cluster.members] == paths


def test_the_number_of_workers_does_not_matter(tmp_path: Path) -> None:
    write(tmp_path, TREE | {f"more/m{number}.py": STORE + chain(number) for number in range(30)})
    alone = find_copies(tmp_path, Config(), Search(), jobs=1)
    with ThreadPoolExecutor(3) as executor:
        assert find_copies(tmp_path, Config(), Search(), executor=executor) == alone
    assert alone.clusters


def test_several_processes_read_a_larger_tree(tmp_path: Path) -> None:
    padding = "# " + "x" * 100_000 + "\n"
    write(tmp_path, {f"m{number}.py": STORE + padding for number in range(30)})
    stages: list[tuple[str, int, int]] = []
    several = find_copies(tmp_path, Config(), Search(), jobs=2, progress=lambda *stage: stages.append(stage))
    assert several == find_copies(tmp_path, Config(), Search(), jobs=1)
    assert stages[-1] == ("reading", 30, 30)


def test_json(tmp_path: Path) -> None:
    write(tmp_path, TREE)
    result = CliRunner().invoke(command, ["--root", str(tmp_path), "--format", "json", "--no-tests"])
    content = json.loads(result.stdout)
    identity = content["clusters"][0].pop("id")
    assert re.fullmatch("[0-9a-f]{16}", identity)
    assert result.exit_code == 1
    assert content == {
        "schema_version": 1,
        "summary": {
            "files": 5,
            "lines": 51,
            "unparsed": 1,
            "not_read": [{"path": "shop/broken.py", "reason": "line 1: invalid syntax"}],
            "definitions": 2,
            "clusters": 1,
            "members": 2,
            "redundant_statements": 10,
            "by_kind": {"near": 1},
        },
        "clusters": [
            {
                "kind": "near",
                "similarity": 0.9,
                "members": [
                    {
                        "path": f"shop/{name}.py",
                        "line": 2,
                        "end_line": last,
                        "symbol": f"shop.{name}:parse",
                        "definition": "function",
                        "test": False,
                    }
                    for name, last in (("a", 12), ("b", 13))
                ],
            }
        ],
    }


def test_text_and_exit_status(tmp_path: Path) -> None:
    write(tmp_path, TREE)
    found = CliRunner().invoke(command, ["--root", str(tmp_path)])
    assert found.exit_code == 1
    assert found.stdout.startswith(
        "near function 0.90: 3 copies of 9 to 10 statements, 2 of them identical\n"
        "  shop/a.py:2-12  shop.a:parse\n"
    )
    assert "1 file could not be read:\n  shop/broken.py: line 1: " in found.stdout
    assert CliRunner().invoke(command, ["--root", str(tmp_path), "--exit-zero"]).exit_code == 0
    none = CliRunner().invoke(command, ["--root", str(tmp_path), "--kind", "exact", "--no-tests"])
    assert (none.exit_code, none.stdout.splitlines()[0]) == (0, "No copies among 2 in 5 files (51 lines).")


def test_what_was_left_out_is_named(tmp_path: Path) -> None:
    write(tmp_path, {"a.py": "x = 1\n"})
    (tmp_path / "gone").symlink_to("nowhere.py")
    (tmp_path / "gone.py").symlink_to("nowhere.py")
    place = ("gone.py", "the symbolic link leads nowhere")
    root = ["--root", str(tmp_path)]
    assert CliRunner().invoke(command, root).stdout == (
        "No copies among 0 in 1 file (1 line).\n1 path left out:\n  gone.py: the symbolic link leads nowhere\n"
    )
    told = json.loads(CliRunner().invoke(command, [*root, "--format", "json"]).stdout)
    assert told["summary"]["not_read"] == [dict(zip(("path", "reason"), place, strict=True))]
    found = CliRunner().invoke(command, [*root, "--format", "markdown"]).stdout
    assert "## Not read\n\n- `gone.py`: the symbolic link leads nowhere\n" in found


def test_any_likeness_will_do(tmp_path: Path) -> None:
    other = PARSE.replace("parse", "scan").replace("strict:", "strict or key:")
    copies = find_copies(write(tmp_path, {"a.py": PARSE, "b.py": other}), Config(), Search(similarity=1e-9))
    assert [len(cluster.members) for cluster in copies.clusters] == [2]


def test_a_path_without_code_is_said(tmp_path: Path) -> None:
    write(tmp_path, {"a.py": PARSE, "docs/index.md": ""})
    found = CliRunner().invoke(command, ["--root", str(tmp_path), str(tmp_path / "docs")])
    assert (found.exit_code, found.stderr) == (0, "ssot-lint: docs: no Python file of the project is there\n")


def test_odd_names_break_no_line(tmp_path: Path) -> None:
    name = "a`|b\nc\x1b[31m"
    write(tmp_path, {f"{name}.py": PARSE, "z.py": PARSE})
    text = CliRunner().invoke(command, ["--root", str(tmp_path)]).stdout
    assert [line for line in text.splitlines() if "[31m" in line] == [
        f"  a`|b c [31m.py:2-{len(PARSE.splitlines())}  a`|b c [31m:parse"
    ]
    found = CliRunner().invoke(command, ["--root", str(tmp_path), "--format", "markdown"]).stdout
    assert f"- ``a`\\|b c [31m.py:2-{len(PARSE.splitlines())}`` ``a`\\|b c [31m:parse``\n" in found


def test_markdown_goes_to_a_file(tmp_path: Path) -> None:
    write(tmp_path, TREE)
    target = tmp_path / "copies.md"
    result = CliRunner().invoke(command, ["--root", str(tmp_path), "--format", "markdown", "-o", str(target)])
    assert (result.exit_code, result.stdout) == (1, "")
    assert "\n## 1. `parse`\n\nnear function 0.90: " in target.read_text()
    assert "- `tests/test_parse.py:2-12` `tests.test_parse:parse`\n" in target.read_text()
