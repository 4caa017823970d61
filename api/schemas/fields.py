"""House fields: each turns text from outside into a kind of value that the domain understands, or refuses."""

import unicodedata
from datetime import UTC, date, datetime, time
from enum import StrEnum
from functools import cache
from typing import Any
from zoneinfo import available_timezones

import marshmallow as ma
import phonenumbers

EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)
LATEST = datetime(2200, 1, 1, tzinfo=UTC)


class Text(ma.fields.String):
    """Text without control characters, at most `max_length` characters, trimmed; lines only where allowed."""

    default_error_messages = {
        "control": "Contains a control character.",
        "surrogate": "Contains half a character.",
    }

    def __init__(self, *, max_length: int, min_length: int = 0, lines: bool = False, **options: Any) -> None:
        validate = [ma.validate.Length(min_length, max_length), *options.pop("validate", [])]
        super().__init__(validate=validate, **options)
        self.lines = lines

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        text: str = super()._deserialize(value, attr, data, **kwargs)
        allowed = "\n\t" if self.lines else ""
        text = text.replace("\r\n", "\n") if self.lines else text
        if any(unicodedata.category(sign) == "Cs" for sign in text):
            raise self.make_error("surrogate")
        if any(unicodedata.category(sign) == "Cc" and sign not in allowed for sign in text):
            raise self.make_error("control")
        return text.strip()


class Sha256(ma.fields.String):
    """The name of a proof: 64 hexadecimal digits in lower case."""

    def __init__(self, **options: Any) -> None:
        digits = [ma.validate.Length(equal=64), ma.validate.Regexp("^[0-9a-f]{64}$")]
        super().__init__(validate=digits, **options)


class Word(ma.fields.Enum[StrEnum]):
    """A member of a closed vocabulary, by its value."""

    def __init__(self, vocabulary: type[StrEnum], **options: Any) -> None:
        super().__init__(vocabulary, by_value=ma.fields.String, **options)


class Whole(ma.fields.Integer):
    """A whole number within bounds; 5.0 is one, as in JSON Schema, but 5.7 and "5" are not."""

    def __init__(self, least: int, most: int, **options: Any) -> None:
        validate = [ma.validate.Range(least, most), *options.pop("validate", [])]
        super().__init__(strict=True, validate=validate, **options)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> int:
        if isinstance(value, float) and value.is_integer():
            return int(value)
        if isinstance(value, bool) or not isinstance(value, int):
            raise self.make_error("invalid")
        return value


class WaitLimit(Whole):
    """How long a courier waits at a door, in seconds; null where none is set so near."""

    def __init__(self, **options: Any) -> None:
        super().__init__(1, 7200, allow_none=True, **options)


class YesNo(ma.fields.Boolean):
    """true or false; 1, "yes" and "off" are neither here."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> bool:
        if not isinstance(value, bool):
            raise self.make_error("invalid", input=value)
        return value


class Instant(ma.fields.AwareDateTime):
    """An instant with its offset, between 1990 and 2200; kept and shown in UTC."""

    default_error_messages = {"far": "Not within the years 1990 to 2199."}

    def __init__(self, **options: Any) -> None:
        super().__init__(format="iso", **options)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> datetime:
        if not isinstance(value, str) or len(value) > 40:
            raise self.make_error("invalid", input=value, obj_type=self.OBJ_TYPE)
        instant: datetime = super()._deserialize(value, attr, data, **kwargs)
        try:
            instant = instant.astimezone(UTC)
        except OverflowError:
            raise self.make_error("far") from None
        if not EARLIEST <= instant < LATEST:
            raise self.make_error("far")
        return instant


class TimeOfDay(ma.fields.Time):
    """A local time of day as hours and minutes, 09:30."""

    def __init__(self, **options: Any) -> None:
        pattern = {"pattern": "^([01][0-9]|2[0-3]):[0-5][0-9]$", "example": "09:30"}
        super().__init__(format="%H:%M", metadata=pattern | options.pop("metadata", {}), **options)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> time:
        if not isinstance(value, str) or len(value) != 5 or not value.isascii():
            raise self.make_error("invalid", input=value, obj_type=self.OBJ_TYPE)
        at: time = super()._deserialize(value, attr, data, **kwargs)
        return at


class Day(ma.fields.Date):
    """A calendar day between 1900 and 2199."""

    default_error_messages = {"far": "Not within the years 1900 to 2199."}

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> date:
        if not isinstance(value, str) or len(value) != 10:
            raise self.make_error("invalid", input=value, obj_type=self.OBJ_TYPE)
        day: date = super()._deserialize(value, attr, data, **kwargs)
        if not 1900 <= day.year < 2200:
            raise self.make_error("far")
        return day


class TimeZone(ma.fields.String):
    """The name of a time zone of the IANA database, e.g. Asia/Shanghai."""

    default_error_messages = {"zone": "Not a time zone, e.g. Asia/Shanghai."}

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        name: str = super()._deserialize(value, attr, data, **kwargs)
        if name not in _time_zones():
            raise self.make_error("zone")
        return name


@cache
def _time_zones() -> frozenset[str]:
    return frozenset(available_timezones())


class Latitude(ma.fields.Float):
    def __init__(self, **options: Any) -> None:
        super().__init__(allow_nan=False, validate=ma.validate.Range(-90, 90), **options)


class Longitude(ma.fields.Float):
    def __init__(self, **options: Any) -> None:
        super().__init__(allow_nan=False, validate=ma.validate.Range(-180, 180), **options)


class Phone(ma.fields.String):
    """A phone number in any usual spelling; becomes E.164. Without a country code it is Chinese."""

    default_error_messages = {"phone": "Not a phone number."}

    def __init__(self, **options: Any) -> None:
        super().__init__(metadata={"example": "+8613800138000", **options.pop("metadata", {})}, **options)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        text: str = super()._deserialize(value, attr, data, **kwargs)
        number = parse_phone(text)
        if number is None:
            raise self.make_error("phone")
        return number


def parse_phone(text: str, region: str = "CN") -> str | None:
    """Return the number as E.164, or None when it cannot be one."""
    if len(text) > 32:
        return None
    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
