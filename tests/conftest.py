"""What many tests share."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from servers import s3_server as s3_server


@pytest.fixture(scope="session")
def corpus() -> Path:
    """The folder of real files that H5NUVOLA_CORPUS names."""
    folder = os.environ.get("H5NUVOLA_CORPUS", "")
    if not folder or not Path(folder).is_dir():
        pytest.skip("H5NUVOLA_CORPUS names no folder of real files")
    return Path(folder)
