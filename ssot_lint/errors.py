"""What stops a run, each with the exit status the shell sees."""

from __future__ import annotations


class SsotLintError(Exception):
    """Something the user can mend: shown as one message, never as a traceback.

    `hint` says what to do about it. Exit status 2: the run could not be done.
    """

    exit_code = 2

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message}\n  {self.hint}" if self.hint else self.message


class ConfigError(SsotLintError):
    """A setting that cannot be read: names file, key, what was found and what was expected."""


class UsageError(SsotLintError):
    """A command line that asks for something that is not there."""


class PluginError(SsotLintError):
    """A rule or codemod package that does not load, or breaks the rules' contract."""


class GitError(SsotLintError):
    """git is missing, or did not answer what was asked."""


class RunError(SsotLintError):
    """A run that is not there, or whose records are damaged."""


class LockedError(SsotLintError):
    """Another process is changing this project: says which."""


class TransactionError(SsotLintError):
    """Files could not be written; those of the batch are as they were before."""


class FileChangedError(TransactionError):
    """A file is not what it was when the change was planned."""


class InterruptedRunError(SsotLintError):
    """A run was stopped in the middle of a batch: it has to be finished or undone first."""
