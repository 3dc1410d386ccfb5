"""What may stand in a file that a machine reads, and how the same text is shown to people.

A machine file refuses what a spreadsheet or an import would misread; a file for people shows it, neutralised.
"""

import unicodedata

_FORMULA_STARTS = "=+-@＝＋－＠"


def unsafe_for_machines(text: str) -> str:
    """Why a text may not stand in a machine file (F177 and the injection rules), or an empty text if it may."""
    if text != text.strip():
        return "it begins or ends with a blank"
    if text[:1] and text[:1] in _FORMULA_STARTS:
        return "a spreadsheet would read it as a formula"
    if "\ufffd" in text:
        return "a character was lost in a wrong encoding (U+FFFD)"
    if any(unicodedata.category(character) in {"Cc", "Cs", "Zl", "Zp"} for character in text):
        return "it holds a control character"
    return ""


def neutral_for_people(text: str) -> str:
    """A text that a spreadsheet shows and does not run: control characters spelled out, a quote before what would
    start a formula."""
    plain = "".join(
        f"\\u{ord(character):04x}" if unicodedata.category(character) in {"Cc", "Cs", "Zl", "Zp"} else character
        for character in text
    )
    return f"'{plain}" if plain.lstrip()[:1] and plain.lstrip()[:1] in _FORMULA_STARTS else plain
