"""`old_home(root, path, name)`: what a module of the project hands out under a name today, if it still does."""

from __future__ import annotations

import sys
import warnings
from importlib import import_module
from pathlib import Path
from typing import Any


def old_home(root: str | Path, path: str, name: str, gone: Any = None) -> Any:
    """The object that the file `path` below `root` has under `name`; `gone` when the file or the name is not there.

        old = old_home(root, "app/old/manager.py", "Manager", gone=Manager)
        assert old is Manager  # a shim hands it on, or nothing is left of the old home

    The file is imported as whatever module `sys.path` makes of it. It is named by its path, so that tools that
    follow imports see no user in the test, and so that a module that cannot be found is not taken for one that
    is gone: raises ImportError for a file that is there and cannot be imported. Deprecation and syntax warnings are
    silenced.
    """
    file = Path(root, path)
    if not file.is_file():
        return gone
    with warnings.catch_warnings():
        for category in (DeprecationWarning, PendingDeprecationWarning, FutureWarning, SyntaxWarning):
            warnings.simplefilter("ignore", category)
        value: Any = import_module(module_name(file))
        try:
            for part in name.split("."):
                value = getattr(value, part)
        except AttributeError:
            return gone
    return value


def module_name(file: Path) -> str:
    """The dotted name under which a file can be imported now. Raises ImportError when there is none."""
    file = file.resolve()
    parts = file.parent.parts if file.name == "__init__.py" else file.with_suffix("").parts
    names = [
        (len(top.parts), top, ".".join(parts[len(top.parts) :]))
        for top in {Path(entry or ".").resolve() for entry in sys.path}
        if file.is_relative_to(top) and len(parts) > len(top.parts)
    ]
    names = [item for item in names if all(part.isidentifier() for part in item[2].split("."))]
    if not names:
        raise ImportError(f"{file} is below no entry of sys.path: nothing can import it")
    for _, _, name in names:
        if getattr(sys.modules.get(name), "__file__", None) == str(file):
            return name
    outside = [item for item in names if not (item[1] / "__init__.py").exists()]
    return max(outside or names)[2]
