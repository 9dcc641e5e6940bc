"""The shared parts: icons exist, cards let no HTML through, and the colours of tokens.css are readable."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from dash import Dash

from h5nuvola import errors
from h5nuvola.model import visible
from h5nuvola.pages import home, shell
from h5nuvola.ui import cards, icons, parts

PACKAGE = Path(icons.__file__).resolve().parents[1]
HOSTILE = "<img src=x onerror=alert(1)>\u202e\n\x00"


@pytest.fixture
def app() -> Dash:
    """An application under a path prefix, since Dash knows addresses only when there is one."""
    return Dash(
        "test", use_pages=True, pages_folder="", requests_pathname_prefix="/data/", routes_pathname_prefix="/data/", enable_mcp=False
    )


def texts(component: Any) -> list[str]:
    """Every string in a component: children and properties."""
    if isinstance(component, str):
        return [component]
    if isinstance(component, list | tuple):
        return [text for part in component for text in texts(part)]
    if hasattr(component, "to_plotly_json"):
        return [text for value in component.to_plotly_json()["props"].values() for text in texts(value)]
    return []


# --- icons -----------------------------------------------------------------------------------------------------------


def test_every_icon_named_in_the_code_has_a_drawing() -> None:
    patterns = {
        "*.py": [
            r'\bicon\(\s*"([\w-]+)"',
            r'icon_name="([\w-]+)"',
            r'\btool\(\s*"([\w-]+)"',
            r'\bLook\("([\w-]+)"',
            r'icon: ClassVar\[str\] = "([\w-]+)"',
        ],
        "*.js": [r'\bicon\("([\w-]+)"', r'\bicon: "([\w-]+)"'],
    }
    used = {error.icon for error in errors.tree()}
    for ending, found in patterns.items():
        for file in [*PACKAGE.rglob(ending), *icons.ASSETS.glob(ending)]:
            used |= {name for pattern in found for name in re.findall(pattern, file.read_text())}
    assert len(used) > 30
    assert used <= icons.names(), used - icons.names()


def test_the_icon_sheet_is_written_anew_when_drawings_change() -> None:
    assert (icons.ASSETS / "icons.css").read_text() == icons.css(), "run python -m h5nuvola.ui.icons"


def test_an_icon_without_a_drawing_is_refused() -> None:
    with pytest.raises(ValueError, match="no icon named"):
        icons.icon("unicorn")


def test_an_icon_is_decoration_unless_it_has_a_label() -> None:
    silent, speaking = icons.icon("lock").to_plotly_json()["props"], icons.icon("lock", "Locked").to_plotly_json()["props"]
    assert silent["aria-hidden"] == "true"
    assert (speaking["role"], speaking["aria-label"]) == ("img", "Locked")


def test_fonts_and_icons_come_with_their_licences() -> None:
    assert "SIL Open Font License" in (icons.ASSETS / "fonts" / "Inter-OFL.txt").read_text()
    assert "SIL Open Font License" in (icons.ASSETS / "fonts" / "JetBrainsMono-OFL.txt").read_text()
    assert "MIT License" in (icons.ASSETS / "icons" / "LICENSE.txt").read_text()


# --- cards -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", errors.tree(), ids=lambda kind: kind.__name__)
def test_every_error_has_a_card_in_the_fixed_order(kind: type[errors.H5nuvolaError]) -> None:
    error = kind("It happened.", "Do this.", {"Needs": "41 GB"})
    found = texts(cards.error_card(error, where="scan.h5", actions=[parts.copy_button("x", "Act")]))
    order = [kind.title, "scan.h5", "It happened.", "Needs", "41 GB", "Do this.", "Act", f"{kind.code} · {error.id}"]
    places = [found.index(text) for text in order]
    assert places == sorted(places)


def test_a_card_holds_data_as_text_only_with_the_invisible_made_visible() -> None:
    card = cards.error_card(errors.Damaged(HOSTILE, HOSTILE, {HOSTILE: HOSTILE}), where=HOSTILE)
    found = " ".join(texts(card))
    assert "\u202e" not in found
    assert "\x00" not in found
    assert "⟨U+202E⟩" in found
    assert "dangerously" not in json.dumps(card, default=lambda part: part.to_plotly_json())


def test_an_empty_card_says_what_is_known() -> None:
    found = texts(cards.empty_card("No HDF5 files here yet", "None of 318.", facts=[(".tif", "290")], advice="Check the folder."))
    assert found.index("None of 318.") < found.index(".tif") < found.index("Check the folder.")


def test_the_browser_draws_every_error_with_the_same_icon_and_tone() -> None:
    script = (icons.ASSETS / "cards.js").read_text()
    looks = re.findall(r'\["(H5N-\d+)", "([\w-]+)", "(\w+)"\]', script)
    for kind in errors.tree():
        found = next(((icon, tone) for code, icon, tone in looks if kind.code.startswith(code)), ("alert-triangle", "err"))
        assert found == (kind.icon, kind.tone), kind.code


def test_the_browser_shows_the_same_invisible_characters() -> None:
    script = (icons.ASSETS / "dom.js").read_text()
    found = re.search(r"INVISIBLE = /(.*)/gu;", script)
    assert found
    pattern = re.compile(found[1].encode().decode("unicode_escape"))
    assert [code for code in range(0x10000) if pattern.match(chr(code))] == [
        code for code in range(0x10000) if visible(chr(code)) != chr(code)
    ]


# --- addresses and frame ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("href", "expected"),
    [("/", "/data/"), ("view?s=a&f=b%20c", "/data/view?s=a&f=b%20c"), ("/apps", "/data/apps"), ("https://x.org/y", "https://x.org/y")],
)
def test_addresses_lie_below_the_prefix(app: Dash, href: str, expected: str) -> None:
    assert parts.address(href) == expected
    assert parts.link("x", href).to_plotly_json()["props"]["href"] == expected


def test_the_page_around_the_app_names_the_prefix_and_runs_the_theme_first(app: Dash) -> None:
    page = shell.index_string(app)
    assert '<meta name="h5nuvola-base" content="/data/">' in page
    assert page.index("theme.js") < page.index("{%css%}") < page.index("{%app_entry%}")
    assert "<script>" not in page


def test_the_frame_and_the_home_page_hold_the_parts_that_scripts_fill(app: Dash) -> None:
    found = json.dumps([shell.layout(), home.layout(s="x")], default=lambda part: part.to_plotly_json())
    for ident in ("theme", "crumbs", "copy-link", "files", "tree", "main", "sources", "folder", "kept", "browse"):
        assert f'"id": "{ident}"' in found, ident


def test_a_stack_of_one_frame_has_a_slider_that_does_not_move() -> None:
    strip = json.loads(json.dumps(parts.frame_strip("frame", 1, 0), default=lambda part: part.to_plotly_json()))
    slider = next(part["props"] for part in strip["props"]["children"] if part["props"].get("id") == "frame-slider")
    assert slider["disabled"] is True
    assert slider["max"] > slider["min"]


# --- colours ---------------------------------------------------------------------------------------------------------


def tokens(theme: str) -> dict[str, str]:
    sheet = (icons.ASSETS / "tokens.css").read_text()
    block = re.search(rf'\n\[data-mantine-color-scheme="{theme}"\] {{(.*?)}}', sheet, re.S)
    assert block
    return dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", block[1]))


def luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


TEXT = {
    "ink": ["body", "canvas", "sunk", "acc-l", "acc-m"],
    "ink2": ["body", "canvas", "sunk", "acc-l"],
    "dim": ["body", "canvas", "sunk", "acc-l"],
    "acc-t": ["body", "canvas", "acc-l", "acc-m"],
    "on-acc": ["acc"],
    "ok": ["body", "ok-l"],
    "warn": ["body", "warn-l"],
    "err": ["body", "err-l"],
}
DRAWN = {
    "ctl": ["body", "canvas"],
    "k-folder": ["body"],
    "k-image": ["body"],
    "k-curve": ["body"],
    "k-table": ["body"],
    "k-scalar": ["body"],
    "acc-p": ["body"],
}


def test_the_contrast_formula_gives_the_known_extremes() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#3b5bdb", "#3b5bdb") == 1


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize(
    ("front", "back", "least"),
    [(front, back, least) for pairs, least in ((TEXT, 4.5), (DRAWN, 3.0)) for front, backs in pairs.items() for back in backs],
)
def test_contrast(theme: str, front: str, back: str, least: float) -> None:
    colours = tokens(theme)
    assert contrast(colours[front], colours[back]) >= least


def test_both_themes_have_the_same_tokens_and_the_sheets_use_no_others() -> None:
    assert tokens("light").keys() == tokens("dark").keys()
    defined = set(re.findall(r"(--[\w-]+):", (icons.ASSETS / "tokens.css").read_text()))
    own = {"--size", "--drawing", "--row", "--level", "--input-bd", "--sc-radius"}
    for name in ("base", "cards", "shell", "home", "tree", "workbench"):
        sheet = (icons.ASSETS / f"{name}.css").read_text()
        assert set(re.findall(r"var\((--[\w-]+)", sheet)) <= defined | own, name


def test_no_style_sheet_or_script_reaches_outside() -> None:
    for file in [*icons.ASSETS.glob("*.css"), *icons.ASSETS.glob("*.js")]:
        text = file.read_text().replace("http://www.w3.org/2000/svg", "")
        assert not re.search(r"https?://|@import|innerHTML|outerHTML|insertAdjacentHTML|\beval\(|new Function", text), file.name


@pytest.mark.parametrize("name", ["base", "cards", "shell", "home", "tree", "workbench"])
def test_no_text_is_smaller_than_13_pixels(name: str) -> None:
    sizes = re.findall(r"font(?:-size)?:[^;{}]*?(\d+)px", (icons.ASSETS / f"{name}.css").read_text())
    assert sizes
    assert min(map(int, sizes)) >= 13
