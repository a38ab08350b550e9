"""Who may answer an `input` at which a pipeline waits: whom the Jenkinsfile names, joined with the job that runs it.

https://www.jenkins.io/doc/pipeline/steps/pipeline-input-step/
"""

from typing import Any, NamedTuple

from pyroaring import BitMap

from pipewarden.access.chains import Chain, Chains
from pipewarden.access.github.held import Clause, Lead
from pipewarden.access.graph import Graph
from pipewarden.access.jenkins.sources import Sources
from pipewarden.model.access import Link
from pipewarden.model.ids import Kind

NOT_READ = "who may answer stands in the Jenkinsfile (input's submitter), which was not read here"
COMPUTED = "who may answer is worked out at the run: {text}"
NOT_ALL = "whether there is another input: part of the Jenkinsfile could not be followed"
UNSEEN = "whether they may see the job: no Job/Read of theirs was read"
STRANGER = "who is meant by {name}, whom an input of {job} names: the controller told of none"
OTHER_BRANCH = "who may answer stands in this branch's Jenkinsfile; that of the default branch was read"


class Inputs(NamedTuple):
    """What a job's pipeline file asks of people before it goes on."""

    anybody: bool = False
    """Whether there is an input without a submitter: whoever holds Job/Build answers it."""
    submitters: frozenset[str] = frozenset()
    """Users and groups that inputs name."""
    unknown: tuple[str, ...] = ()
    """Why it is not known who else may answer, or whether anybody is asked."""


class Approvals:
    """The inputs of the jobs of one graph."""

    def __init__(self, graph: Graph, chains: Chains, sources: Sources) -> None:
        self.graph = graph
        self.chains = chains
        self.snapshot = graph.snapshot
        self.sources = sources

    def of(self, job: int) -> Inputs:
        """Return what a job asks; its file is looked for in the repository that it comes from."""
        holder = job
        branch = self.snapshot.entity(job).attributes.get("definition") == "branch"
        if branch:
            holder = int(self.snapshot.parent[job])
        told = self.snapshot.entity(holder).attributes
        files = [
            self.snapshot.entity(each).attributes
            for repository in self.sources.of(holder)
            for each in self.snapshot.children(repository, Kind.WORKFLOW)
        ]
        path = str(told.get("script_path") or "Jenkinsfile")
        mine = [each for each in files if each.get("path") == path and each.get("system") == "jenkins"]
        if len(mine) != 1 or mine[0].get("complete") is not True:
            return Inputs(unknown=(NOT_READ,))
        found = _asked(mine[0])
        other = self._other_branch(job, holder, told) if branch or told.get("branches") else ""
        return Inputs(unknown=(other,)) if other else found

    def named(self, inputs: Inputs, job: int, readers: BitMap) -> list[Clause]:
        """Return the users and groups that inputs name; of those who may not see the job, as far as was read, it is not known."""
        wanted = {name.lower() for name in inputs.submitters}
        here = self.snapshot.instance[job]
        found = []
        for each in self.snapshot.ordinals(Kind.ACCOUNT, Kind.GROUP).tolist() if wanted else ():
            if self.snapshot.instance[each] == here and self.snapshot.ref(each).key.lower() in wanted:
                holders = self.graph.expand([each])
                for those, unknown in ((holders & readers, ()), (holders - readers, (UNSEEN,))):
                    if those:
                        found.append(Clause(those, self._lead(each, job), unknown=unknown))
        return found

    def strangers(self, job: int) -> tuple[str, ...]:
        """Say whom inputs of a job name without the controller having told of them: a group of the provider, or somebody new."""
        here = self.snapshot.instance[job]
        known = {
            self.snapshot.ref(each).key.lower()
            for each in self.snapshot.ordinals(Kind.ACCOUNT, Kind.GROUP).tolist()
            if self.snapshot.instance[each] == here
        }
        names = sorted(name for name in self.of(job).submitters if name.lower() not in known)
        return tuple(STRANGER.format(job=self.snapshot.name_of(job), name=name) for name in names)

    def _lead(self, named: int, job: int) -> Lead:
        link = Link(source=self.snapshot.ref(named), target=self.snapshot.ref(job), says="is named by an input of")

        def lead(principal: int) -> list[Chain]:
            return [(*climb, link) for climb in self.chains.climbs(principal, named)]

        return lead

    def _other_branch(self, job: int, holder: int, told: Any) -> str:
        """Say that the file that was read is of another branch than the job's."""
        defaults = {
            str(self.snapshot.entity(each).attributes.get("default_branch")) for each in self.sources.of(holder)
        }
        if holder != job:
            names = {str(self.snapshot.entity(job).attributes.get("full_name", "")).rpartition("/")[2]}
        else:
            names = {str(each).removeprefix("refs/heads/").removeprefix("*/") for each in told["branches"]}
        return "" if names <= defaults else OTHER_BRANCH


def _asked(file: Any) -> Inputs:
    holds = [hold for job in file.get("jobs") or () for hold in job.get("holds") or ()]
    named: set[str] = set()
    unknown = [NOT_ALL] if file.get("open_ends") else []
    for hold in holds:
        if hold.get("computed"):
            unknown.append(COMPUTED.format(text=", ".join(hold["approvers"])))
        else:
            named.update(str(each) for each in hold.get("approvers") or ())
    anybody = any(hold["kind"] in {"manual", "approval"} and not hold.get("approvers") for hold in holds)
    return Inputs(anybody, frozenset(named), tuple(dict.fromkeys(unknown)))
