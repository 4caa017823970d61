"""How many parts a text message is sent, and paid for, in: the rules of 3GPP TS 23.038 and 23.040.

A text is written in GSM-7 when its alphabet has every sign, else in UCS-2. What is said is in `notice_texts`.
"""

_GSM = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_ESCAPED = frozenset("\f^{}\\[~]|€")  # Two septets each.


def is_gsm(text: str) -> bool:
    """Tell whether the GSM alphabet, with its extension, has every sign of the text."""
    return _GSM.issuperset(set(text) - _ESCAPED)


def parts(text: str) -> int:
    """Return in how many parts a text travels: of 160 or 153 signs in GSM-7, of 70 or 67 in UCS-2.

    A sign outside the Basic Multilingual Plane, such as most emoji, counts as two.
    """
    if is_gsm(text):
        return _split(len(text) + sum(char in _ESCAPED for char in text), whole=160, part=153)
    return _split(len(text.encode("utf-16-be")) // 2, whole=70, part=67)


def _split(length: int, *, whole: int, part: int) -> int:
    return 1 if length <= whole else -(-length // part)
