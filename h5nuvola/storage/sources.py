"""The sources an operator chose, made ready."""

from __future__ import annotations

from pathlib import Path

from h5nuvola.settings import Settings, SourceSettings
from h5nuvola.storage.local import LocalSource
from h5nuvola.storage.source import Info, OpenBlob, Source, Stat

__all__ = ["Info", "LocalSource", "OpenBlob", "Source", "Stat", "make_source", "make_sources"]


def make_source(source: SourceSettings, settings: Settings) -> Source:
    """The source behind its settings. Asks no storage, so it never fails for one that is away."""
    if source.kind != "s3":
        return LocalSource(source.name, Path(source.root), source.kind, settings.seconds(source), settings.read_seconds)
    from h5nuvola.storage.s3 import S3Source  # costs 0.5 s, which those without S3 need not pay

    return S3Source(source, settings.seconds(source), settings.read_seconds, settings.block_nbytes)


def make_sources(settings: Settings) -> dict[str, Source]:
    """Every source by its name, in the order of the settings."""
    return {source.name: make_source(source, settings) for source in settings.sources}
