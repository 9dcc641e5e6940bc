"""Routes that hand out values: a slice of a dataset as NumPy file, CSV or JSON, exactly as stored."""

from __future__ import annotations

import base64
import csv
import io
from typing import Any
from urllib.parse import quote

import numpy as np
from flask import Blueprint, Response, request

from h5nuvola.api.request import answers, ref, reply, user
from h5nuvola.errors import BadRequest, TypeUnsupported
from h5nuvola.model import Selection
from h5nuvola.storage.library import Library


def blueprint(library: Library) -> Blueprint:
    """The routes over one library."""
    routes = Blueprint("data", __name__)

    @routes.get("/data")
    @answers
    def data() -> Response:
        form = request.args.get("format", "json")
        if form not in FORMATS:
            raise BadRequest("The format is one of npy, csv and json.", "Correct the address.")
        dataset = library.open(user(), ref())
        values = dataset.read(Selection.parse(request.args.get("i", "")))
        answer = FORMATS[form](values)
        if form != "json":
            answer.headers["Content-Disposition"] = f"attachment; filename=\"data.{form}\"; filename*=UTF-8''{quote(dataset.name)}.{form}"
        return answer

    return routes


def _npy(values: np.ndarray[Any, Any]) -> Response:
    if values.dtype.hasobject:
        raise TypeUnsupported("NumPy files cannot hold values of variable length.", "Choose CSV or JSON instead.")
    buffer = io.BytesIO()
    np.save(buffer, values, allow_pickle=False)
    return Response(buffer.getvalue(), mimetype="application/octet-stream")


def _csv(values: np.ndarray[Any, Any]) -> Response:
    if values.ndim > 2:
        raise BadRequest("A CSV file has rows and columns, this slice has more dimensions.", "Choose one or two dimensions with the slice.")
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    if values.dtype.names:
        writer.writerow([_cell(name) for name in values.dtype.names])
    for row in np.atleast_1d(values):
        cells = row if isinstance(row, np.ndarray) or values.dtype.names else [row]
        writer.writerow([_cell(plain(cell)) for cell in cells])
    return Response(buffer.getvalue(), mimetype="text/csv")


def _cell(value: Any) -> Any:
    # A text cell that begins like a formula would be run by a spreadsheet.
    return f"'{value}" if isinstance(value, str) and value[:1] in ("=", "+", "-", "@", "\t", "\r") else value


def _json(values: np.ndarray[Any, Any]) -> Response:
    dtype = str(values.dtype) if values.dtype.names else values.dtype.str
    return reply({"shape": list(values.shape), "dtype": dtype, "values": plain(values)})


FORMATS = {"npy": _npy, "csv": _csv, "json": _json}


def plain(value: Any) -> Any:
    """Values as JSON has them: bytes as base64, complex as [real, imaginary], NaN and infinities as text, records as lists."""
    if isinstance(value, np.ndarray):
        return [plain(item) for item in value] if value.ndim else plain(value[()])
    if isinstance(value, np.void):
        return [plain(value[name]) for name in value.dtype.names] if value.dtype.names else base64.b64encode(value.tobytes()).decode()
    if isinstance(value, np.generic):
        return plain(value.item()) if not isinstance(value, np.longdouble) else repr(value)
    if isinstance(value, bytes):
        try:
            return value.decode()
        except UnicodeDecodeError:
            return value.decode("utf-8", "backslashreplace")
    if isinstance(value, complex):
        return [plain(value.real), plain(value.imag)]
    if isinstance(value, float) and (value != value or abs(value) == float("inf")):
        return repr(value)
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    return value
