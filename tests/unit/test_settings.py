from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from h5nuvola.errors import BadSetting
from h5nuvola.model import Budget
from h5nuvola.settings import Settings, SourceSettings


def test_file_then_environment_then_arguments(tmp_path: Path) -> None:
    toml = tmp_path / "h5nuvola.toml"
    toml.write_text(f'port = 1000\nreaders = 2\nread_seconds = 7\n[[sources]]\nname = "Beamline 7"\nroot = "{tmp_path}"\n')
    environ = {"H5NUVOLA_CONFIG": str(toml), "H5NUVOLA_READERS": "5", "H5NUVOLA_DEBUG": "true", "OTHER": "x"}
    settings = Settings.load(environ=environ, read_seconds=9)
    assert (settings.port, settings.readers, settings.read_seconds, settings.debug) == (1000, 5, 9.0, True)
    assert settings.sources == (SourceSettings(name="Beamline 7", root=str(tmp_path)),)
    assert settings.budget() == Budget(seconds=9.0)
    assert Settings.load(toml, {}).port == 1000


def test_it_is_frozen() -> None:
    settings = Settings.load(environ={})
    with pytest.raises(ValidationError):
        settings.port = 1  # type: ignore[misc]


@pytest.mark.parametrize("text", ['["a.example", "b.example"]', "['a.example', 'b.example']"])
def test_lists_in_the_environment_are_json_or_toml(text: str) -> None:
    assert Settings.load(environ={"H5NUVOLA_HOSTS": text}).hosts == ("a.example", "b.example")


def test_text_in_the_environment_stays_text() -> None:
    assert Settings.load(environ={"H5NUVOLA_TOKEN": "0123456789"}).token == "0123456789"


def test_sources_may_be_written_short(tmp_path: Path) -> None:
    settings = Settings.load(environ={"H5NUVOLA_SOURCES": f'["{tmp_path}", "mine={tmp_path}", "s3://bucket/deep/prefix"]'})
    assert [(source.name, source.kind) for source in settings.sources] == [(tmp_path.name, "local"), ("mine", "local"), ("prefix", "s3")]


@pytest.mark.parametrize(
    ("environ", "given", "words"),
    [
        ({"H5NUVOLA_REEDERS": "3"}, {}, "H5NUVOLA_READERS"),
        ({}, {"prot": 3}, "“port”"),
        ({}, {"sources": [{"name": "a", "rot": "/"}]}, "“root”"),
        ({}, {"sources": [{"name": "a", "root": "b/c", "kind": "s3", "key": "KEY", "secrte": "SECRET"}]}, "“secret”"),
        ({"H5NUVOLA_READERS": "many"}, {}, "“readers”"),
        ({"H5NUVOLA_PORT": "70000"}, {}, "“port”"),
        ({"H5NUVOLA_HOSTS": "a,b"}, {}, "JSON or TOML"),
        ({"H5NUVOLA_TOKEN": ""}, {}, "“token”"),
        ({"H5NUVOLA_BASE_PATH": "https://x"}, {}, "“base_path”"),
        ({"H5NUVOLA_CONFIG": "/nowhere/h5nuvola.toml"}, {}, "/nowhere/h5nuvola.toml"),
        ({}, {"sources": ["/nowhere/at/all"]}, "“/nowhere/at/all”"),
        ({}, {"sources": [__file__]}, "is not a folder"),
        ({}, {"sources": ["ftp://host/x"]}, "s3://bucket/prefix"),
        ({}, {"sources": ["s3://"]}, "bucket/prefix"),
        ({}, {"sources": ["=x"]}, "NAME=PATH"),
        ({}, {"sources": [{"name": "a/b", "root": "/"}]}, "no “/”"),
        ({}, {"sources": [{"name": "a\u202eb", "root": "/"}]}, "visible"),
        ({}, {"sources": [{"name": "a", "root": "b", "kind": "s3", "endpoint_url": "http://user:SECRET@host"}]}, "endpoint"),
    ],
)
def test_mistakes_are_sentences_that_help(environ: dict[str, str], given: dict[str, object], words: str) -> None:
    with pytest.raises(BadSetting) as caught:
        Settings.load(environ=environ, **given)
    assert words in f"{caught.value.sentence} {caught.value.advice}"
    assert "SECRET" not in f"{caught.value.as_json()}"


def test_a_broken_file_names_the_line(tmp_path: Path) -> None:
    toml = tmp_path / "x.toml"
    toml.write_text("port = 1\nport = = 2\n")
    with pytest.raises(BadSetting, match="line 2"):
        Settings.load(toml, {})


def test_what_kubernetes_adds_is_no_mistake() -> None:
    service = {"SERVICE_HOST": "10.0.0.1", "SERVICE_PORT_HTTP": "80", "PORT": "tcp://10.0.0.1:80", "PORT_80_TCP_ADDR": "10.0.0.1"}
    assert Settings.load(environ={f"H5NUVOLA_{key}": value for key, value in service.items()}).port == 8050


def test_a_path_may_hold_an_equals_sign(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "T=300K").mkdir()
    monkeypatch.chdir(tmp_path)
    assert SourceSettings.parse("T=300K").root == str(tmp_path / "T=300K")
    assert SourceSettings.parse(f"{tmp_path}/T=300K").name == "T=300K"
    assert SourceSettings.parse("cold=T=300K").name == "cold"
    assert SourceSettings.parse("/").name == "files"


def test_equal_names_are_told_apart(tmp_path: Path) -> None:
    settings = Settings(sources=tuple(SourceSettings(name=name, root="/") for name in ("a", "a", "a-2", "a")))
    assert [source.name for source in settings.sources] == ["a", "a-2", "a-2-2", "a-3"]


def test_secrets_are_never_shown() -> None:
    source = SourceSettings.parse("s3://b/p", endpoint_url="http://127.0.0.1:1", key="AKEY", secret="ASECRET")
    settings = Settings(token="ATOKEN0123", sources=(source,))
    for text in (repr(settings), str(settings), str(settings.masked()), repr(source)):
        assert not [secret for secret in ("AKEY", "ASECRET", "ATOKEN") if secret in text]
    assert settings.masked()["sources"][0]["secret"] == "**********"


def test_every_kind_has_its_patience() -> None:
    settings = Settings(list_seconds=1, nfs_seconds=2)
    waits = [settings.seconds(SourceSettings(name="x", kind=kind, root="bucket")) for kind in ("local", "nfs", "s3")]
    assert waits == [1, 2, 1]
    assert settings.seconds(SourceSettings(name="x", kind="nfs", root="/", seconds=3)) == 3


def test_every_setting_is_described() -> None:
    for model in (Settings, SourceSettings):
        assert all(field.description and field.description.endswith(".") for field in model.model_fields.values())
