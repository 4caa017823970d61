"""SQLAlchemy mappings: columns, constraints, relationships. No queries, no clock, no JSON.

Importing this package knows every table, which migrations and the guard tests rely on.
"""

from api.models.absence import Absence
from api.models.audit import AuditCheckpoint, AuditEntry
from api.models.base import Base
from api.models.branch import Branch, BranchLogo, BranchPolicyVersion
from api.models.calendar import CalendarDay, CalendarLink
from api.models.case import Case, CaseMessage
from api.models.change import Change, FeedReader
from api.models.churn import ChurnAlert, ChurnModel, ChurnScore
from api.models.contact_log import LoggedContact
from api.models.customer import Contact, Customer, Site
from api.models.device import Device
from api.models.erased_phone import ErasedPhone
from api.models.event_record import EventRecord
from api.models.export import Export
from api.models.feedback import Feedback, FeedbackVersion
from api.models.field_event import FieldEvent
from api.models.field_report import FieldReport, FieldReportSighting
from api.models.link import Link
from api.models.machinery import (
    Heartbeat,
    IdempotentAnswer,
    JobSlot,
    RateCounter,
    Restoration,
    ServedRevision,
)
from api.models.notice import Delivery, Notice, PausedKind, SenderState
from api.models.occasion import Occasion
from api.models.pickup import Pickup, PickupAssignment, ReadinessRecord
from api.models.position import CourierPosition
from api.models.proof import Proof, ProofMention
from api.models.shift import Shift
from api.models.shipment import Shipment
from api.models.staff import ApiKey, SignInThrottle, StaffMember
from api.models.staff_network import StaffNetwork
from api.models.staff_session import AccessToken, RefreshToken, StaffSession
from api.models.stop_proposal import StopProposal
from api.models.transfer import Transfer, TransferItem
from api.models.visit import Visit
from api.models.visit_task import VisitTask
from api.models.wait import Wait, WaitTimer
from api.models.wait_slip import WaitSlipAcknowledgement
from api.models.week_plan import WeekPlan

__all__ = [
    "Absence",
    "AccessToken",
    "ApiKey",
    "AuditCheckpoint",
    "AuditEntry",
    "Base",
    "Branch",
    "BranchLogo",
    "BranchPolicyVersion",
    "CalendarDay",
    "CalendarLink",
    "Case",
    "CaseMessage",
    "Change",
    "ChurnAlert",
    "ChurnModel",
    "ChurnScore",
    "Contact",
    "CourierPosition",
    "Customer",
    "Delivery",
    "Device",
    "ErasedPhone",
    "EventRecord",
    "Export",
    "FeedReader",
    "Feedback",
    "FeedbackVersion",
    "FieldEvent",
    "FieldReport",
    "FieldReportSighting",
    "Heartbeat",
    "IdempotentAnswer",
    "JobSlot",
    "Link",
    "LoggedContact",
    "Notice",
    "Occasion",
    "PausedKind",
    "Pickup",
    "PickupAssignment",
    "Proof",
    "ProofMention",
    "RateCounter",
    "ReadinessRecord",
    "RefreshToken",
    "Restoration",
    "SenderState",
    "ServedRevision",
    "Shift",
    "Shipment",
    "SignInThrottle",
    "Site",
    "StaffMember",
    "StaffNetwork",
    "StaffSession",
    "StopProposal",
    "Transfer",
    "TransferItem",
    "Visit",
    "VisitTask",
    "Wait",
    "WaitSlipAcknowledgement",
    "WaitTimer",
    "WeekPlan",
]
