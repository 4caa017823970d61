"""Wait slips as values, for tests of what they say and how they look."""

from datetime import timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from api.domain.vocabulary import Quality, Trust, WaitCause, WaitOutcome
from api.domain.wait_slip import Acknowledgement, SlipWait, WaitSlip
from tests.fakes import NOW


def make_slip_wait(**overrides: Any) -> SlipWait:
    """A wait of 4 min 35 s for goods that were promised two minutes after the arrival."""
    values: dict[str, Any] = {
        "wait_id": UUID(int=1),
        "attempt": 1,
        "courier_name": "王**",
        "window_start": NOW,
        "window_end": NOW + timedelta(hours=1),
        "arrived_at": NOW,
        "promised_ready_at": NOW + timedelta(minutes=2),
        "clock_started_at": NOW + timedelta(minutes=2),
        "limit_seconds": 300,
        "handover_started_at": NOW + timedelta(minutes=6, seconds=35),
        "departed_at": NOW + timedelta(minutes=8, seconds=10),
        "dwell_seconds": 490,
        "avoidable_wait_seconds": 275,
        "outcome": WaitOutcome.COLLECTED,
        "cause": WaitCause.GOODS_NOT_READY,
        "protected": False,
        "trust": Trust.VERIFIED,
        "quality": Quality.MEASURED,
    }
    return SlipWait(**values | overrides)


def make_acknowledgement(wait: SlipWait, **overrides: Any) -> Acknowledgement:
    values: dict[str, Any] = {
        "signer_name": "李小芳",
        "proof_sha256": None,
        "acknowledged_at": NOW + timedelta(minutes=7),
        "slip_hash": wait.slip_hash,
        "changed_since": False,
    }
    return Acknowledgement(**values | overrides)


def make_slip(*waits: SlipWait, **overrides: Any) -> WaitSlip:
    """A slip of a branch in Shanghai, with one wait unless others are given."""
    values: dict[str, Any] = {
        "pickup_id": UUID(int=2),
        "external_ref": "SF-20261118-0042",
        "branch_name": "浦东世纪大道网点",
        "hotline": "+862150000000",
        "zone": ZoneInfo("Asia/Shanghai"),
        "customer_name": "东方贸易（上海）进出口有限公司",
        "site_name": "外高桥三号仓库",
        "window_start": NOW,
        "window_end": NOW + timedelta(hours=1),
        "waits": waits or (make_slip_wait(),),
        "proofs": (),
        "server_now": NOW + timedelta(minutes=9),
    }
    return WaitSlip(**values | overrides)
