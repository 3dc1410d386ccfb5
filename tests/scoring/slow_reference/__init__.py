"""The plan language a second time, slow and plain: one person, one value, one step after the other, on fractions.

Written from the text of the language and not from the engine: nothing of `orchestration` is imported, plans are read
from their YAML text, expressions are run by walking Python's own syntax tree. It knows monthly plans only and no
explanations. Where it and the engine give different amounts, one of them is wrong.
"""

from slow_reference.company import Outcome, calculate

__all__ = ["Outcome", "calculate"]
