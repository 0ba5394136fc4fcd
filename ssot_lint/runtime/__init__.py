"""Proof at run time: are a factory's instances apart, did every user get all events and only their own?

Standard library alone, and nothing of the engine: importing it costs next to nothing, in production code too.
"""

from __future__ import annotations

from ssot_lint.runtime.events import Event, EventRecorder
from ssot_lint.runtime.isolation import Isolation, isolation_report, isolation_report_async
from ssot_lint.runtime.reports import Failure, IsolationReport, Shared
from ssot_lint.runtime.sequences import SequenceReport, Timeline, assert_sequence, sequence_report

__all__ = [
    "Event",
    "EventRecorder",
    "Failure",
    "Isolation",
    "IsolationReport",
    "SequenceReport",
    "Shared",
    "Timeline",
    "assert_sequence",
    "isolation_report",
    "isolation_report_async",
    "sequence_report",
]
