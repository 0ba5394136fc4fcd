"""Proof at run time: are a factory's instances apart, did every user get all events and only their own, are promises kept?

Standard library alone, and nothing of the engine: importing it costs next to nothing, in production code too.
"""

from __future__ import annotations

from ssot_lint.runtime.events import Event, EventRecorder
from ssot_lint.runtime.homes import old_home
from ssot_lint.runtime.interfaces import InterfaceReport, interface_report
from ssot_lint.runtime.isolation import Isolation, isolation_report, isolation_report_async
from ssot_lint.runtime.reports import Failure, IsolationReport, Shared
from ssot_lint.runtime.sequences import SequenceReport, Timeline, assert_sequence, sequence_report

__all__ = [
    "Event",
    "EventRecorder",
    "Failure",
    "InterfaceReport",
    "Isolation",
    "IsolationReport",
    "SequenceReport",
    "Shared",
    "Timeline",
    "assert_sequence",
    "interface_report",
    "isolation_report",
    "isolation_report_async",
    "old_home",
    "sequence_report",
]
