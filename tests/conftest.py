"""Generated examples are the same in every CI run; at the desk they differ, and find more.

That a machine is busy is no failure of a test: examples may take their time to be made, and to run.

A shell starts what it runs in the background with Ctrl-C ignored, and so are its children: tests that interrupt a
process need it to be told again.
"""

from __future__ import annotations

import os
import signal

from hypothesis import HealthCheck, settings

# a slow machine is no mistake of ours
settings.register_profile("desk", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("ci", settings.get_profile("desk"), derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "desk")


def pytest_configure() -> None:
    if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
