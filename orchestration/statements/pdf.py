"""A page as PDF, by WeasyPrint (extra `pdf`; pango and a Chinese font come from the system). Nothing is fetched."""

import hashlib
import logging
from typing import NoReturn

from orchestration.payout.errors import PayoutRefused

_ADVICE = (
    "a PDF needs the extra `pdf` (pip install 'incentives[pdf]') and the Debian packages libpango-1.0-0, "
    "libpangoft2-1.0-0, libharfbuzz-subset0 and fonts-noto-cjk; HTML needs none of them"
)


def as_pdf(page: str) -> bytes:
    """The page on A4. The same page gives the same bytes. Raises `PayoutRefused` where WeasyPrint or pango is not
    installed."""
    try:
        from weasyprint import HTML  # noqa: PLC0415 - an optional extra, and slow to import
    except (ImportError, OSError) as error:
        raise PayoutRefused(f"{_ADVICE} ({type(error).__name__}: {str(error).splitlines()[0]})") from error
    for name in ("weasyprint", "fontTools"):
        logging.getLogger(name).setLevel(logging.ERROR)
    identifier = hashlib.sha256(page.encode()).digest()[:16]
    document = HTML(string=page, base_url=None, url_fetcher=_refuse).write_pdf(pdf_identifier=identifier)
    if document is None:
        raise TypeError("WeasyPrint gave no document")
    return document


def _refuse(url: str, *_: object, **__: object) -> NoReturn:
    raise ValueError(f"a statement loads nothing from outside, not {url[:60]}")
