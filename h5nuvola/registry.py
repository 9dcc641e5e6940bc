"""All apps of this server: where they come from, which fit an object and why, and which were set aside."""

from __future__ import annotations

import importlib
import importlib.util
import logging
import traceback
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from importlib.metadata import entry_points
from pathlib import Path
from types import ModuleType

from h5nuvola.errors import AppNotFound
from h5nuvola.model import Facts
from h5nuvola.plugin import Plugin
from h5nuvola.rules import Candidate, Reason, Verdict, rank

log = logging.getLogger(__name__)
BUILTIN = ("image", "line", "table", "text", "group")
GROUP = "h5nuvola.plugins"


@dataclass(frozen=True, slots=True)
class Quarantined:
    """An app that could not be taken in, with the reason. The others run on."""

    name: str
    origin: str
    reason: str


class Registry:
    """The apps in service by name, in the order in which they were found."""

    def __init__(self, plugins: Iterable[Plugin] = (), quarantined: Iterable[Quarantined] = ()) -> None:
        self.plugins: dict[str, Plugin] = {}
        self.quarantined = list(quarantined)
        for plugin in plugins:
            self.add(plugin, "given")

    @classmethod
    def discover(cls, folder: Path | None = None) -> Registry:
        """Built-in apps, those that installed packages announce, and one-file apps of `folder`."""
        registry = cls()
        for name in BUILTIN:
            registry._load(name, "built in", partial(importlib.import_module, f"h5nuvola.plugins.{name}"))
        for entry in entry_points(group=GROUP):
            registry._load(entry.name, f"package {entry.value}", entry.load)
        for file in sorted(folder.glob("*.py")) if folder else ():
            registry._load(file.stem, f"file {file.name}", partial(_import_file, file))
        return registry

    def add(self, plugin: Plugin, origin: str) -> None:
        """Takes an app into service; one whose name is taken is set aside."""
        problem = f"Another app is already named “{plugin.name}”." if plugin.name in self.plugins else plugin.problem()
        if problem:
            self.quarantined.append(Quarantined(plugin.name, origin, problem))
        else:
            self.plugins[plugin.name] = plugin

    def _load(self, name: str, origin: str, load: Callable[[], object]) -> None:
        # SystemExit too: an app that calls sys.exit() while it is imported must not end the server.
        try:
            found = load()
            plugin = found if isinstance(found, Plugin) else getattr(found, "plugin", None)
            if not isinstance(plugin, Plugin):
                raise TypeError("it has no `plugin = Plugin(...)`")
        except (Exception, SystemExit) as error:
            log.warning("app %s set aside\n%s", name, traceback.format_exc())
            self.quarantined.append(Quarantined(name, origin, f"{type(error).__name__}: {error}"))
        else:
            self.add(plugin, origin)

    def get(self, name: str) -> Plugin:
        """The app of this name; AppNotFound when there is none in service."""
        try:
            return self.plugins[name]
        except KeyError:
            raise AppNotFound("There is no app of this name here.", "Choose another app for this dataset.") from None

    def rank(self, facts: Facts) -> list[Candidate]:
        """Every app with its verdict on an object, best first. A rule that raises does not fit, and says so."""
        return rank(Candidate(name, _judge(plugin, facts)) for name, plugin in self.plugins.items())

    def best(self, facts: Facts) -> Plugin:
        """The app that an object opens with; AppNotFound when none fits."""
        ranked = self.rank(facts)
        if not ranked or not ranked[0].verdict.fits:
            raise AppNotFound(f"No app here can show “{facts.name}”.", "Its attributes and storage are shown beside.")
        return self.plugins[ranked[0].app]


def _judge(plugin: Plugin, facts: Facts) -> Verdict:
    try:
        return plugin.rule.judge(facts)
    except (Exception, SystemExit) as error:
        log.warning("rule of app %s failed", plugin.name, exc_info=True)
        return Verdict(False, 0, (Reason(False, f"Its rule failed: {type(error).__name__}: {error}", 0),))


def _import_file(file: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"h5nuvola_app_{file.stem}", file)
    if spec is None or spec.loader is None:
        raise ImportError(f"{file.name} cannot be imported")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
