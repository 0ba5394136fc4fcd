"""The command line: one module a command, loaded when it is run, so that `--help` and `--version` are instant.

Nothing is imported here that a repeated `check` does not need, click neither.
"""

from __future__ import annotations

import gc
import sys
import warnings

from ssot_lint import __version__
from ssot_lint.errors import SsotLintError
from ssot_lint.recall import recall

TYPE_CHECKING = False  # `typing` costs 3 ms
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import NoReturn

    from ssot_lint.cli._group import cli as cli

INTERRUPTED = 130


def main(args: Sequence[str] | None = None) -> NoReturn:
    """Run the command line and exit: 0 nothing to report, 1 violations, 2 could not run, 130 interrupted."""
    if None in (sys.stdin, sys.stdout, sys.stderr):
        from ssot_lint.cli._stdout import open_closed_streams

        open_closed_streams()
    status = run(args)
    gc.freeze()  # else the interpreter looks for garbage among all facts before it ends: a second on 9,000 files
    sys.exit(status)


def run(args: Sequence[str] | None = None) -> int:
    """Run the command line -> exit status. What the user can mend is one message, never a traceback."""
    arguments = list(sys.argv[1:] if args is None else args)
    try:
        known = recall(arguments)
        if known is not None:
            from ssot_lint.cli._stdout import write_out

            write_out(known[1])
            return known[0]
        from ssot_lint.cli._group import cli

        with warnings.catch_warnings():
            # of code that is only read, Python's warnings are none of our output, and with `-W error` it would not parse
            warnings.simplefilter("ignore", SyntaxWarning)
            warnings.filterwarnings("ignore", "invalid ", DeprecationWarning)  # escapes, before Python 3.12
            status = cli.main(args=arguments, prog_name="ssot-lint", standalone_mode=False, obj=arguments)
        sys.stdout.flush()
        return status if isinstance(status, int) else 0
    except SsotLintError as error:
        from ssot_lint.cli._stdout import heard_or_not

        if error.__cause__ is not None and {"--verbose", "-v"} & set(arguments):
            import traceback

            cause = error.__cause__
            heard_or_not(lambda: traceback.print_exception(cause))
        _say(f"ssot-lint: {error}")
        return error.exit_code
    except KeyboardInterrupt:
        return _interrupted()
    except BrokenPipeError:  # the reader of our output has gone, as `| head` does
        from ssot_lint.cli._stdout import give_up

        give_up()
        return 0
    except Exception as error:
        from click import Abort, ClickException

        from ssot_lint.cli._stdout import give_up, heard_or_not, is_refusal, refusal

        if isinstance(error, OSError) and is_refusal(error):
            give_up()
            _say(f"ssot-lint: {refusal(error)}")
            return SsotLintError.exit_code
        if isinstance(error, ClickException):
            heard_or_not(error.show)
            return 2
        if isinstance(error, Abort):
            return _interrupted()
        import traceback

        heard_or_not(traceback.print_exc)
        _say(f"ssot-lint {__version__}: this is a bug in ssot-lint, not in your project: report it")
        return SsotLintError.exit_code


def _say(text: str) -> None:
    from ssot_lint.cli._stdout import say

    say(text)


def _interrupted() -> int:
    _silence_threads()
    # up to 3.13, `python -m` ends by the signal, whatever the status, if what was interrupted ran below an `exec` of a
    # text (that of a dataclass, say) and nothing was evaluated since: https://github.com/python/cpython/blob/3.11/Python/pythonrun.c
    eval("0")
    _say("interrupted")
    return INTERRUPTED


def _silence_threads() -> None:
    """Let no thread report that the work it waits for was cancelled (https://github.com/python/cpython/issues/107219)."""
    if "threading" in sys.modules:
        import threading

        threading.excepthook = lambda args: None


def __getattr__(name: str) -> object:
    if name == "cli":
        from ssot_lint.cli._group import cli

        return cli
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
