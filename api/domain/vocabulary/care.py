"""Caring for customers: what became of reports, contacts, occasions, transfers, a story. Words, no rules."""

from enum import StrEnum


class FieldReportOutcome(StrEnum):
    """What became of a field report, as its reporter reads it."""

    SETTLED = "settled"
    VISIT_PLANNED = "visit_planned"
    OFFER_MADE = "offer_made"
    RECORD_CORRECTED = "record_corrected"
    PASSED_ON = "passed_on"
    NOTHING_TO_IT = "nothing_to_it"
    CUSTOMER_LOST = "customer_lost"


class ContactWay(StrEnum):
    """How somebody of ours was in touch with a customer, other than by a visit."""

    PHONE = "phone"
    CHAT = "chat"
    EMAIL = "email"
    MET = "met"


class OccasionKind(StrEnum):
    """What a contact is congratulated on; each has a greeting in every language."""

    BIRTHDAY = "birthday"
    COMPANY_ANNIVERSARY = "company_anniversary"
    NEW_YEAR = "new_year"
    SPRING_FESTIVAL = "spring_festival"
    LABOUR_DAY = "labour_day"
    DRAGON_BOAT = "dragon_boat"
    MID_AUTUMN = "mid_autumn"
    NATIONAL_DAY = "national_day"
    CHRISTMAS = "christmas"


class TimelineKind(StrEnum):
    """What a customer's story is made of."""

    PICKUP = "pickup"
    WAIT = "wait"
    FEEDBACK = "feedback"
    CASE = "case"
    FIELD_REPORT = "field_report"
    CHURN_ALERT = "churn_alert"
    VISIT = "visit"
    MESSAGE = "message"
    CONTACT = "contact"
    OWNER_CHANGE = "owner_change"


class TransferredKind(StrEnum):
    """What moves with a transfer; an `introduction` is a visit that the transfer itself has planned."""

    CUSTOMER = "customer"
    CHURN_ALERT = "churn_alert"
    VISIT = "visit"
    TASK = "task"
    CASE = "case"
    INTRODUCTION = "introduction"
