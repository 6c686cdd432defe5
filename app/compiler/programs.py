"""The programs of a pack, compiled together: each may visit others and include shared screens."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from app import limits
from app.compiler.fields import INCLUDED, RESUME
from app.compiler.known import meant
from app.compiler.reader import Reader
from app.compiler.scope import Scope
from app.compiler.screens import ProgramCompiler
from app.compiler.shapes import Country, ProgramShape, ServiceShape
from app.compiler.source import Node
from app.engine.branches import Visit
from app.engine.program import Declared, Resume, Screen

PACK_FILES = ("pack.yaml", "entrances.yaml", "services.yaml")
NUMBERS_FILE = "published.yaml"
"""Which option numbers were published: no part of the version, for publishing changes it."""
NO_PROGRAMS = (*PACK_FILES, "places.yaml", NUMBERS_FILE)


class Programs:
    """Compiles them all. `files` are the roots of the pack's files by their paths, `opens` the services of which
    conditions may ask whether they are open, as they write them.
    """

    def __init__(
        self,
        reader: Reader,
        files: Mapping[str, Node],
        services: Mapping[str, ServiceShape],
        country: Country,
        opens: Collection[str],
    ) -> None:
        self._reader = reader
        self._files = files
        self._services = services
        self._country = country
        self._opens = opens
        self.roots = {
            file.removesuffix(".yaml"): root
            for file, root in files.items()
            if "/" not in file and file not in NO_PROGRAMS
        }
        self.starts = {name: f"{name}/{reader.scalar(root.get('start'))}" for name, root in self.roots.items()}
        self._compilers: dict[str, ProgramCompiler] = {}
        self._compiled: dict[str, dict[str, Screen]] = {}
        self._in_work: list[str] = []
        self._depths: dict[str, int] = {}  # of a program and the sub-menus inside it
        self._direct: dict[str, set[str]] = {}  # the programs that a program visits

    def compile(self) -> dict[str, Screen]:
        """Every screen by its full name, in the order of the files."""
        for name in self.roots:
            if name not in self._compiled:
                self._compile(name)
        screens = {screen.name: screen for name in self.roots for screen in self._compiled[name].values()}
        for name, start in self.starts.items():
            if start not in screens:
                root = self.roots[name]
                ours = [screen.partition("/")[2] for screen in screens if screen.startswith(f"{name}/")]
                told = f"`start` names `{start}`, which does not exist; {meant(start.partition('/')[2], ours)}"
                self._reader.wrong(root.get("start") or root, "unknown-screen", told)
        self._check_files()
        return screens

    @property
    def places(self) -> dict[str, Node]:
        """Where each screen is written."""
        return {screen: place for one in self._compilers.values() for screen, place in one.places.items()}

    @property
    def names(self) -> dict[str, Mapping[str, Declared]]:
        return {name: self._compilers[name].names for name in self.roots}

    @property
    def visits(self) -> dict[str, Visit]:
        return {id: visit for name in self.roots for id, visit in self._compilers[name].visits.items()}

    @property
    def opens_read(self) -> frozenset[str]:
        """The services of which some condition asks whether they are open, as it writes them."""
        return frozenset().union(*(one.scope.opens_read for one in self._compilers.values()))

    def built_on(self) -> dict[str, frozenset[str]]:
        """For each program the files that hold it, those that it includes, and those of all that it visits."""
        built: dict[str, frozenset[str]] = {}
        for name in self.roots:
            found, open_names = set[str](), [name]
            while open_names:
                one = open_names.pop()
                if one not in found and one in self.roots:
                    found.add(one)
                    open_names += self._direct.get(one, ())
            included = (self.roots[one].get("include") for one in found)
            shared = {f"shared/{entry.text}.yaml" for node in included if node for entry in node.entries}
            built[name] = frozenset({*(f"{one}.yaml" for one in found), *shared})
        return built

    def resumes(self) -> dict[str, Resume]:
        found = {}
        for name, root in self.roots.items():
            if (node := root.get("resume")) is None:
                continue
            shape = self._compilers[name].shape
            if shape.takes or shape.returns:
                remedy = "a sub-menu goes on with its visitor; write `resume` there"
                self._reader.wrong(node, "resume-of-a-sub-menu", remedy)
            else:
                found[name] = self._resume(node, name)
        return found

    def _resume(self, node: Node, name: str) -> Resume:
        reader = self._reader
        reader.fields(node, RESUME)
        minutes, told = node.get("minutes"), node.get("sms")
        seconds = 60 * reader.whole(minutes, 0)
        if minutes is not None and not 60 <= seconds <= limits.resume_seconds_max:
            reader.wrong(minutes, "wrong-shape", f"`minutes` are 1 to {limits.resume_seconds_max // 60}")
        hide, known = node.get("hide"), self.names[name]
        for entry in hide.entries if hide else ():
            if entry.text not in known:
                remedy = f"`{entry.text}` is never asked or given here; {meant(entry.text, known)}"
                reader.wrong(entry, "unknown-name", remedy)
        return Resume(seconds, reader.yes(told), frozenset(reader.names(hide)))

    @property
    def shapes(self) -> dict[str, ProgramShape]:
        return {name: one.shape for name, one in self._compilers.items()}

    def _compile(self, name: str) -> None:
        self._in_work.append(name)
        self._depths[name] = 1
        self._direct[name] = set()
        root = self.roots[name]
        scope = Scope(self._reader, name, root, self.starts, self._shared(root), opens=self._opens)
        scope.assisted = [other for other, one in self.roots.items() if one.get("assisted") is not None]
        self._compilers[name] = ProgramCompiler(scope, self._services, self._country, self._shape_of)
        self._compiled[name] = self._compilers[name].compile()
        self._in_work.pop()

    def _shape_of(self, name: str, node: Node) -> ProgramShape | None:
        """The shape of a program that another visits; a program that would visit itself has none."""
        self._direct[self._in_work[-1]].add(name)
        loops = name in self._in_work or len(self._in_work) >= limits.menu_depth_max
        if not loops and name in self.roots and name not in self._compiled:
            self._compile(name)
        # What was compiled before, in the order of the files, may itself be nested too deeply for here.
        if loops or len(self._in_work) + self._depths.get(name, 0) > limits.menu_depth_max:
            told = (
                f"`{name}` visits itself, or sub-menus are nested deeper than {limits.menu_depth_max}; lead elsewhere"
            )
            self._reader.wrong(node, "menu-loop", told)
            return None
        if name not in self._compiled:
            return None
        visitor = self._in_work[-1]
        self._depths[visitor] = max(self._depths[visitor], 1 + self._depths[name])
        return self._compilers[name].shape

    def _shared(self, root: Node) -> dict[str, tuple[str, Node, Node]]:
        """The screens of the files that a program includes: only of `shared/` in this pack."""
        shared: dict[str, tuple[str, Node, Node]] = {}
        listed = root.get("include")
        for node, name in zip(listed.entries if listed else [], self._reader.names(listed), strict=False):
            included = self._files.get(f"shared/{name}.yaml")
            if included is None:
                told = f"there is no shared/{name}.yaml in this pack; a name without path or ending is included"
                self._reader.wrong(node, "unknown-file", told)
                continue
            for key, screen in self._reader.pairs(included.get("screens"), "`screens`"):
                shared.setdefault(key.text, (name, key, screen))
        return shared

    def _check_files(self) -> None:
        for file, root in self._files.items():
            if file.startswith("shared/"):
                self._reader.fields(root, INCLUDED)
            elif "/" in file and not file.startswith("languages/"):
                told = "lies where nothing is read; programs lie at the top of the pack"
                self._reader.wrong(root, "unknown-file", told)
