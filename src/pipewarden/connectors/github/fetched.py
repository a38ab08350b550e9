"""What the files of one repository say, gathered until all of its batch were read and what they lean on was fetched."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

from pipewarden.connectors.github.composed import Beside, waiting
from pipewarden.connectors.github.run import Run
from pipewarden.connectors.pipelines import Told, told_of, workflow_facts
from pipewarden.connectors.plain_secrets import PlainSecrets
from pipewarden.connectors.second_opinion import with_told
from pipewarden.connectors.trust_files import TrustSearch
from pipewarden.connectors.uncalled_actions import told_of_action, without_callers
from pipewarden.connectors.zizmor import Told as ToldByZizmor
from pipewarden.model.facts import AnyFact, Resource
from pipewarden.model.ids import Ref
from pipewarden.pipelines.actions import read_action
from pipewarden.pipelines.github.opened import OpenAction, OpenStep, opened_action
from pipewarden.pipelines.github.splicing import folder_of
from pipewarden.pipelines.library import Nothing
from pipewarden.pipelines.uses import UsesKind


@dataclass
class Fetched:
    """The files of one repository. No text of them is kept beyond its batch."""

    run: Run
    ref: Ref
    name: str
    default: Literal["read", "write"] | None = None
    """What a job's token may do where its workflow does not say."""
    public: bool | None = False
    texts: dict[str, str] = field(default_factory=dict)
    """The workflow files, as they are shown to zizmor."""
    configs: dict[str, str] = field(default_factory=dict)
    """The repository's own configurations of zizmor."""
    told: dict[str, Told] = field(default_factory=dict)
    actions: dict[str, OpenAction] = field(default_factory=dict)
    """The repository's own actions, by folder."""
    action_texts: dict[str, str] = field(default_factory=dict)
    """Their files, by path."""
    looked_for: set[str] = field(default_factory=set)
    """Folders in which an action was looked for, found or not."""
    is_action: bool = False
    """Its root holds the metadata of an action: it is one itself, for whoever names it."""
    shown: list[str] = field(default_factory=list)
    """Folders that by their place hold actions of its own, whoever uses them."""
    said: dict[str, list[ToldByZizmor]] = field(default_factory=dict)
    zizmor: str = ""
    """The version that was asked about the workflows; empty where none was."""

    def __post_init__(self) -> None:
        """Begin the searches that take one file after the other."""
        self._plain = PlainSecrets(self.ref, self.name, self.run.fingerprint_key)
        self._origin = self.run.origin("graphql Repositories")
        self._trusts = TrustSearch()

    def search(self, path: str, text: str) -> None:
        """Look for secrets in plain text in a file."""
        self._plain.pipeline(path, text, self._origin)

    def workflow(self, path: str, text: str) -> None:
        """Take a workflow file."""
        self.search(path, text)
        self.texts[path] = text
        self.told[path] = told_of(path, text, owner=self.name.partition("/")[0], default=self.default)

    def action(self, folder: str, path: str, text: str) -> None:
        """Take the file of an action of the repository's own."""
        self.search(path, text)
        self.actions[folder] = opened_action(read_action(path, text))
        self.action_texts[path] = text

    def trust(self, path: str, text: str) -> None:
        """Take a file that states a trust."""
        self.search(path, text)
        self._trusts.take(path, text)

    def wanted(self) -> list[str]:
        """Return the folders of own actions that its files use and that were not looked for yet."""
        steps = [step for told in self.told.values() for job in told.opened.jobs for step in job.steps]
        steps += [step for action in self.actions.values() for step in action.steps]
        found = dict.fromkeys(folder for step in steps if (folder := _folder(step)) is not None)
        if self.is_action:
            found[""] = None
        found |= dict.fromkeys(self.shown)
        return [folder for folder in found if folder not in self.looked_for]

    def facts(self) -> Iterator[AnyFact]:
        """Yield all that was gathered; the jobs follow when the files of all repositories are known."""
        said = {path: tuple(self.said[path]) for path in self.action_texts if path in self.said}
        beside = Beside(self.actions, tuple(sorted(self.looked_for)), said)
        for path in self.told:
            told = self._with_actions(path)
            for fact in workflow_facts(
                told, repository=self.ref, repository_name=self.name, origin=self._origin, public=self.public
            ):
                if isinstance(fact, Resource):
                    yield waiting(fact, told, beside=beside, said=self.said.get(path, ()), zizmor=self.zizmor)
                    beside = Beside()  # once is enough
                else:
                    yield fact
        yield from self._uncalled()
        # subjects that Terraform customises are read in checkouts: nothing is said of them here
        yield from self._trusts.facts(self.ref, self.name, self._origin.fetched_at, {})
        yield from self._plain.facts()

    def _uncalled(self) -> Iterator[AnyFact]:
        """Yield the facts of own actions that no workflow uses, as far as they were fetched: at the root, in `.github/actions`."""
        owner = self.name.partition("/")[0]
        for folder in without_callers(self.actions, (told.opened for told in self.told.values())):
            path = self.actions[folder].path
            text = self.action_texts.get(path)
            if text is None:
                continue
            told = told_of_action(path, text, owner, Texts(self.action_texts))
            for fact in workflow_facts(told, repository=self.ref, repository_name=self.name, origin=self._origin):
                yield with_told(fact, self.said.get(path, ()), ()) if isinstance(fact, Resource) else fact

    def _with_actions(self, path: str) -> Told:
        """Return what a workflow says with the steps of the repository's own actions, which were fetched after it."""
        told = self.told[path]
        if not self.action_texts or all(_folder(step) is None for job in told.opened.jobs for step in job.steps):
            return told
        owner = self.name.partition("/")[0]
        return told_of(path, self.texts[path], owner=owner, default=self.default, library=Texts(self.action_texts))


class Texts(Nothing):
    """The files of a repository's own actions."""

    def __init__(self, texts: Mapping[str, str]) -> None:
        self._texts = texts

    def local(self, path: str) -> str | None:
        """Return the file of an action that was fetched."""
        return self._texts.get(path)


def _folder(step: OpenStep) -> str | None:
    """Return the folder of the own action that a step uses; None where it uses another, or one outside the repository."""
    if step.uses is None or step.uses.kind is not UsesKind.LOCAL:
        return None
    folder = folder_of(step.uses.path)
    return None if ".." in folder.split("/") or "\0" in folder or len(folder) > 200 else folder
