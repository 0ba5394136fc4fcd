"""`check --fix` and `check --diff`: the plan of a migration, limited to what was asked about, in one batch."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

from ssot_lint.cli._stdout import say

if TYPE_CHECKING:
    from ssot_lint.batches.planning import Planned
    from ssot_lint.cli._place import Place
    from ssot_lint.cli._project import Means
    from ssot_lint.cli._request import Request
    from ssot_lint.model import Diagnostic


def plan_fixes(place: Place, request: Request, means: Means, *, unsafe: bool) -> Planned:
    """What the fixes of the findings that were asked about would do: all of them if `unsafe`, else the safe ones."""
    from ssot_lint import plugins
    from ssot_lint.cli._output import progress
    from ssot_lint.cli._planning import plan_for
    from ssot_lint.cli._project import open_project
    from ssot_lint.concepts.name_matches import below
    from ssot_lint.plan import Selection

    with progress(means.shows_progress) as draw:
        opened = open_project(place, means, draw)
        rules = plugins.select(plugins.load_rules(), opened.config.rules, request.select, request.ignore)
        asked = {rule.id for rule in rules}
        within = below(place.paths)
        changed: Collection[str] | None = None
        if request.since:
            from ssot_lint.cli._git import changed_since

            changed = changed_since(place.root, request.since)

        def admits(diagnostic: Diagnostic) -> bool:
            return (
                diagnostic.rule in asked
                and within(diagnostic.path)
                and (changed is None or diagnostic.path in changed)
                and diagnostic.fix is not None
                and (unsafe or diagnostic.fix.safe)
            )

        everything = sum(len(file.path) for file in opened.project.files)  # one batch: no limit that counts
        return plan_for(
            opened, Selection(max_files=everything), jobs=means.jobs, progress=draw, admits=admits
        )


def tell_unfixed(planned: Planned, *, unsafe: bool) -> None:
    """Say on standard error that there are findings, and nothing that could be done about them."""
    if planned.plan.before and not planned.plan.batches:
        hint = "" if unsafe else "; see --unsafe-fixes"
        say(f"ssot-lint: none of the findings has a {'' if unsafe else 'safe '}fix{hint}")


def write_fixes(place: Place, planned: Planned) -> int:
    """Commit what was planned, as one run that `rollback` can take back -> how many files were changed."""
    from datetime import datetime
    from secrets import token_hex

    from ssot_lint.cli._lock import locked
    from ssot_lint.cli._migrating import refuse_interrupted
    from ssot_lint.migrating.migration import Terms, begin, carry_out

    if not planned.plan.batches:
        return 0
    with locked(place.root) as hold:
        refuse_interrupted(place.root)
        run = begin(hold, planned.plan, planned.contents, now=datetime.now(), token=token_hex(2))
        carry_out(hold, run, planned.plan, Terms(), lambda what, batch, text: None)
    changed = {path for batch in planned.plan.batches for path in batch.paths}
    say(
        f"ssot-lint: changed {len(changed)} file{'s' * (len(changed) != 1)}; `ssot-lint rollback` takes it back"
    )
    return len(changed)
