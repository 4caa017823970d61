"""Text that customers write, as it is kept: what they typed, without signs that nobody can see.

It stays text all its life: pages escape it, exports quote it, and nothing ever reads it as markup.
"""

import unicodedata

ZERO_WIDTH_JOINER = "\u200d"


def plain_text(text: str) -> str | None:
    """Return a text without control and direction characters, trimmed; None when nothing is left.

    Direction overrides can make a text read as something else to the person who must answer it.
    """
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    kept = "".join(char for char in lines if char == "\n" or not _is_invisible(char))
    return kept.strip() or None


def _is_invisible(char: str) -> bool:
    # Cc: controls; Cs: lone surrogates; Cf: direction marks, but many an emoji needs its joiner.
    return unicodedata.category(char) in {"Cc", "Cs", "Cf"} and char != ZERO_WIDTH_JOINER
