"""Jobs that are switched off: nobody builds them before somebody who may configure them enables them.

“isBuildable: Returns true if we should display "build now" icon”, which is: neither disabled nor held off until it is saved;
to enable a job takes Job/Configure, and a branch of a multibranch project that is gone is disabled too.
https://javadoc.jenkins.io/hudson/model/Job.html#isBuildable()
https://javadoc.jenkins.io/jenkins/model/ParameterizedJobMixIn.ParameterizedJob.html
"""

from typing import NamedTuple

from pipewarden.model.access import Condition
from pipewarden.model.ids import Kind
from pipewarden.model.snapshot import Snapshot


class Switch(NamedTuple):
    """Whether a job is built at all, as what it takes first."""

    off: bool = False
    mine: tuple[Condition, ...] = ()
    """What it takes where whoever configures the job wants a build."""
    others: tuple[Condition, ...] = ()
    """What it takes where anybody else does."""
    unknown: tuple[str, ...] = ()


ON = Switch()


def switch(snapshot: Snapshot, item: int) -> Switch:
    """Return whether a job is switched off; where nobody told, or two answers contradict each other, it is not known."""
    if snapshot.kind_of(item) is not Kind.PIPELINE:
        return ON
    told, name = snapshot.entity(item).attributes, snapshot.name_of(item)
    buildable, disabled = told.get("buildable"), told.get("disabled")
    words = {value for value in (disabled, None if buildable is None else not buildable) if isinstance(value, bool)}
    if words == {False}:
        return ON
    if words == {True}:
        mine = Condition(says=f"{name} is enabled first, which who may configure it may do")
        others = Condition(says=f"somebody who may configure {name} enables it", kind="approval", count=1)
        return Switch(off=True, mine=(mine,), others=(others,))
    doubt = f"whether {name} is disabled, so that nobody builds it; Job/Read would show it"
    return Switch(unknown=(doubt,))
