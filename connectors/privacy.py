"""Personal fields never land in the clear: they become a keyed hash, a validity flag and a masked form.

Phones and e-mails are normalised first, so that one person matches across systems however a number was typed. The
hash is HMAC-SHA256 under the company's key over kind and normalised value: without the key a list of all Chinese mobile
numbers does not undo it. Names leave the record for a restricted stream of their own.
"""

import hashlib
import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from connectors.stream import PersonalField

_MOBILE = re.compile(r"1[3-9]\d{9}")
_LANDLINE = re.compile(r"0\d{2,3}\d{7,8}")
_FOREIGN = re.compile(r"\+[1-9]\d{6,14}")
_SEPARATORS = re.compile(r"[\s\-‐-―−()（）.·/]+")
_EMAIL = re.compile(r"[a-z0-9._%+-]+@[a-z0-9-]+(\.[a-z0-9-]+)*\.[a-z]{2,}")

Pseudonym = dict[str, str | bool]


def normalise_phone(raw: object) -> tuple[str, bool]:
    """E.164 form, and whether such a number can exist. Full-width digits, +86, 0086, spaces and dashes are folded."""
    text = _SEPARATORS.sub("", unicodedata.normalize("NFKC", str(raw)).strip())
    for prefix in ("+86", "0086", "86"):
        rest = text.removeprefix(prefix)
        if rest != text and (_MOBILE.fullmatch(rest) or _LANDLINE.fullmatch(rest)):
            text = rest
            break
    if _MOBILE.fullmatch(text):
        return f"+86{text}", True
    if _LANDLINE.fullmatch(text):
        return f"+86{text[1:]}", True
    if text.startswith("00"):
        text = f"+{text[2:]}"
    return text, bool(_FOREIGN.fullmatch(text)) and not text.startswith("+86")


def normalise_email(raw: object) -> tuple[str, bool]:
    """Lower case without surrounding spaces, and whether it has the form of an address."""
    text = str(raw).strip().lower()
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text).strip().lower()
    return text, bool(_EMAIL.fullmatch(text))


def normalise_platform_id(raw: object) -> tuple[str, bool]:
    """An id on a chat platform, spaces folded; any non-empty text can exist."""
    text = "".join(unicodedata.normalize("NFKC", str(raw)).split())
    return text, bool(text)


class Pseudonymiser:
    """Replaces the personal fields of records, in place, under one key.

    Every record of every night passes here: the two keyed halves of the HMAC are prepared once and copied, and the
    common spelling of a mobile number is told without folding it first.
    """

    def __init__(self, key: str) -> None:
        if len(key) < 16:
            raise ValueError("the privacy key needs at least 16 characters")
        block = key.encode() if len(key.encode()) <= _HMAC_BLOCK else hashlib.sha256(key.encode()).digest()
        block = block.ljust(_HMAC_BLOCK, b"\0")
        self._inner = hashlib.sha256(bytes(byte ^ 0x36 for byte in block))
        self._outer = hashlib.sha256(bytes(byte ^ 0x5C for byte in block))

    def phone(self, raw: object) -> Pseudonym | None:
        """Hash, validity and masked form of a phone number; None for null and empty."""
        if not raw:
            return None
        if raw.__class__ is str and _MOBILE.fullmatch(raw):  # type: ignore[arg-type]
            return {"hash": self._hash(f"phone:+86{raw}"), "valid": True, "masked": f"{raw[:3]}****{raw[-4:]}"}  # type: ignore[index]
        text = str(raw).strip()
        if not text:
            return None
        normal, valid = normalise_phone(text)
        shown = normal.removeprefix("+86") if valid else normal
        masked = f"{shown[:3]}****{shown[-4:]}" if len(shown) >= 10 else "*" * len(shown)
        return {"hash": self._hash(f"phone:{normal}"), "valid": valid, "masked": masked}

    def email(self, raw: object) -> Pseudonym | None:
        """Hash, validity and masked form of an e-mail address; None for null and empty."""
        if not raw or not (text := str(raw).strip()):
            return None
        normal, valid = normalise_email(text)
        masked = f"{normal[:1]}***{normal[normal.rindex('@') :]}" if valid else "***"
        return {"hash": self._hash(f"email:{normal}"), "valid": valid, "masked": masked}

    def platform_id(self, raw: object) -> Pseudonym | None:
        """Hash, validity and masked form of an id on a chat platform; None for null and empty."""
        if not raw or not (text := str(raw).strip()):
            return None
        normal, valid = normalise_platform_id(text)
        masked = f"{normal[:1]}***{normal[-1:]}" if len(normal) > 3 else "***"
        return {"hash": self._hash(f"platform_id:{normal}"), "valid": valid, "masked": masked}

    def compile(self, fields: Sequence[PersonalField]) -> Callable[[dict[str, Any]], dict[str, Any]]:
        """A function that cleans one record in place and returns the names it took out (field path -> value)."""
        steps: dict[tuple[str, ...], _Steps] = {}
        for field in fields:
            *above, last = field.path.split(".")
            step = steps.setdefault(tuple(above), _Steps([], []))
            if field.kind in {"name", "drop"}:
                step.removed.append((last, field.path, field.kind == "name"))
            else:
                step.replaced.append((last, getattr(self, field.kind)))
        plan = [(above, step.replaced, step.removed) for above, step in steps.items()]

        def clean(record: dict[str, Any]) -> dict[str, Any]:
            names = {}
            for above, replaced, removed in plan:
                holder = _holder(record, above) if above else record
                if not holder:
                    continue
                for last, replace in replaced:
                    if last in holder:
                        holder[last] = replace(holder[last])
                for last, path, keep in removed:
                    value = holder.pop(last, None)
                    if keep and value:
                        names[path] = value
            return names

        return clean

    def _hash(self, text: str) -> str:
        inner, outer = self._inner.copy(), self._outer.copy()
        inner.update(text.encode())
        outer.update(inner.digest())
        return outer.hexdigest()


_HMAC_BLOCK = 64


@dataclass(frozen=True, slots=True)
class _Steps:
    """What is done to the fields of one object: field -> replacement, and fields taken out (kept as a name or not)."""

    replaced: list[tuple[str, Callable[[object], Pseudonym | None]]]
    removed: list[tuple[str, str, bool]]


def _holder(record: dict[str, Any], path: Sequence[str]) -> dict[str, Any]:
    """The object at the end of a path; an empty one where the path ends early."""
    node: Any = record
    for step in path:
        node = node.get(step)
        if node.__class__ is not dict:
            return {}
    return node
