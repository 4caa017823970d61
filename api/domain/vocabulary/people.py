"""People: staff, customers and the languages they read. Words only, no rules."""

from enum import StrEnum


class Role(StrEnum):
    COURIER = "courier"
    SALES_REP = "sales_rep"
    SERVICE_AGENT = "service_agent"
    DISPATCHER = "dispatcher"
    MANAGER = "manager"
    ADMIN = "admin"
    INTEGRATION = "integration"


class Locale(StrEnum):
    ZH_CN = "zh-CN"
    EN = "en"


class PersonalDataReason(StrEnum):
    """Why somebody's personal data is erased or handed out: a code, for a text might name him for ever."""

    PERSON_ASKED = "person_asked"
    AUTHORITY_ASKED = "authority_asked"
    NO_LONGER_NEEDED = "no_longer_needed"
    ENTERED_IN_ERROR = "entered_in_error"


class Grade(StrEnum):
    A = "A"
    B = "B"
    C = "C"


class ExportKind(StrEnum):
    """What can be taken away as a file."""

    WAITS = "waits"
    READINESS_EFFECT = "readiness_effect"
    CUSTOMERS = "customers"


class CustomerState(StrEnum):
    """`closed_by_us` (fraud, bad debt) is never scored for churn."""

    ACTIVE = "active"
    CLOSED_BY_US = "closed_by_us"
