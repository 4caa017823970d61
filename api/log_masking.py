"""The last wall: what looks like a secret, a number or an address of a person is masked in the log.

What is logged is chosen where it is logged, and says none of these; the wall is for what slips in with the
words of others, as a driver's. Names cannot be told from other words: no wall like this keeps them out.
"""

import logging
import re
from typing import Any

from structlog.typing import EventDict, WrappedLogger

MASK = "***"
SECRETS = re.compile(
    r"\bds[ark]_[\w-]{16,}"  # our tokens, by the prefixes of api.security
    r"|(?i:bearer\s+)[\w.~+/=-]+"
    r"|/(?:l|links|calendars)/[\w-]{16,}"  # a link's token in its address
    r"|(?<=://)[^\s/:@]*:[^\s/@]+(?=@)"  # user and password in an address
    r"|(?<![\w.+-])[\w.+-]+@[\w-]+\.[\w.-]+"  # an e-mail address, looked for once a word
    r"|(?<![\w.-])(?:86)?1[3-9]\d{9}(?![\w-])"  # a mobile number of the mainland; ids have digits, too
    r"|\+[1-9]\d{7,14}(?!\w)"  # any number in E.164
)


def mask(_logger: WrappedLogger, _method: str, line: EventDict) -> EventDict:
    """Mask what looks like a secret in all texts of a line, tracebacks included: a processor of structlog."""
    return {name: _masked(value) for name, value in line.items()}


class MaskingFilter(logging.Filter):
    """The same for a logger of somebody else's, who writes its lines by itself."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg, record.args = _masked(record.getMessage()), None
        return True


def _masked(value: Any) -> Any:
    if isinstance(value, str):
        return SECRETS.sub(MASK, value)
    if isinstance(value, dict):
        return {name: _masked(part) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [_masked(part) for part in value]
    return value
