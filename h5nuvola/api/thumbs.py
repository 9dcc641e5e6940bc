"""The route of thumbnails: a small picture of what a file or dataset opens with."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from flask import Blueprint, Response

from h5nuvola.api.request import answers, ref, user
from h5nuvola.errors import H5nuvolaError, NotFound
from h5nuvola.model import Ref, Selection
from h5nuvola.storage.library import Library

WIDTH, HEIGHT = 320, 200  # twice the largest size at which they are shown
LARGEST = 256 << 20  # a picture made from more bytes than these is not worth the wait


def blueprint(library: Library) -> Blueprint:
    """The route over one library."""
    routes = Blueprint("thumbs", __name__)

    @routes.get("/thumb")
    @answers
    def thumb() -> Response:
        at = ref()
        try:
            return picture(at)
        except H5nuvolaError:
            # A picture is an ornament of a list. An error status would fill the browser's console with red lines.
            return Response(status=204, headers={"Cache-Control": "private, max-age=60"})

    def picture(at: Ref) -> Response:
        dataset = library.open(user(), library.entrance(user(), at) if at.path == "/" else at)
        facts = dataset.facts
        shape = tuple(length for length in dataset.shape)
        if facts.kind != "dataset" or facts.problem or facts.type is None or not facts.type.numeric or not shape or 0 in shape:
            raise NotFound("This has no picture.", "")
        rgb = len(shape) >= 3 and shape[-1] in (3, 4) and facts.type.kind == "uint" and min(shape[-3:-1]) > 4
        depth = 3 if rgb else 2
        if len(shape) >= depth and min(shape[-depth:][:2]) > 1:
            rows, columns = shape[-depth:][:2]
            if rows * columns * facts.type.size > LARGEST:
                raise NotFound("This is too large for a small picture.", "")
            lead = tuple(length // 2 for length in shape[:-depth])
            window = Selection((*lead, *(slice(None),) * depth))
            # One factor for both: a ring stays round. Only what is very long is pressed into the frame.
            down, across = max(1, rows // HEIGHT), max(1, columns // WIDTH)
            both = min(down, across)
            factors = (both, both) if max(down, across) <= 4 * both else (down, across)
            image = dataset.reduce(window, factors, "mean")
            answer = Response(_png(image, rgb), mimetype="image/png")
        else:
            window = Selection((*(0 for _ in shape[:-1]), slice(None)))
            answer = Response(_svg(dataset.envelope(window, WIDTH // 4).y), mimetype="image/svg+xml")
        answer.headers["Cache-Control"] = "private, max-age=60"
        return answer

    return routes


def _png(image: np.ndarray[Any, Any], rgb: bool) -> bytes:
    if rgb:
        picture = np.ascontiguousarray(image[..., 2::-1]).astype(np.float32)
        top = float(picture.max()) or 1.0
        shown: np.ndarray[Any, Any] = (picture * (255.0 / (255.0 if top <= 255 else top))).clip(0, 255).astype(np.uint8)
    else:
        values = (np.abs(image) if np.iscomplexobj(image) else image).astype(np.float64)
        finite = values[np.isfinite(values)]
        low, high = np.percentile(finite, (1, 99.5)) if finite.size else (0.0, 1.0)
        scaled = np.nan_to_num((values - low) / ((high - low) or 1.0), nan=0.0, posinf=1.0, neginf=0.0)
        shown = cv2.applyColorMap((scaled.clip(0, 1) * 255).astype(np.uint8), cv2.COLORMAP_VIRIDIS)
    height, width = shown.shape[:2]
    scale = max(1.0, min(WIDTH / width, HEIGHT / height))
    if scale > 1:
        shown = cv2.resize(shown, None, fx=scale, fy=scale, interpolation=cv2.INTER_NEAREST)
    done, encoded = cv2.imencode(".png", shown)
    if not done:
        raise NotFound("This has no picture.", "")
    return encoded.tobytes()


def _svg(line: np.ndarray[Any, Any]) -> str:
    values = (np.abs(line) if np.iscomplexobj(line) else line).astype(np.float64)
    good = np.isfinite(values)
    if good.sum() < 2:
        raise NotFound("This has no picture.", "")
    low, high = float(values[good].min()), float(values[good].max())
    y = HEIGHT - 12 - (values - low) / ((high - low) or 1.0) * (HEIGHT - 24)
    x = np.linspace(0, WIDTH, len(values))
    points = " ".join(f"{a:.1f},{b:.1f}" for a, b, keep in zip(x, y, good, strict=True) if keep)
    # A picture in an <img> cannot see the page's theme: mid-tones that read on both grounds.
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" preserveAspectRatio="none">'
        f'<polyline points="0,{HEIGHT} {points} {WIDTH},{HEIGHT}" fill="#12a376" fill-opacity=".14" stroke="none"/>'
        f'<polyline points="{points}" fill="none" stroke="#12a376" stroke-width="2.5" vector-effect="non-scaling-stroke"/></svg>'
    )
