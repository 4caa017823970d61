"""Health checks: is the process alive, can it serve, is work being done."""

from dataclasses import asdict

from api import queries
from api.schemas.health import LiveSchema, ReadySchema, WorkSchema
from api.web.blueprint import Blueprint
from api.web.context import now, session
from api.web.rate_limits import limits
from api.web.readiness import (
    NotReady,
    StorageBroken,
    WorkStandsStill,
    require_progress,
    require_revision,
    require_storage,
)

blp = Blueprint("health", __name__, url_prefix="/health", description="For load balancers and operators.")


@blp.get("/live")
@blp.public
@blp.response(200, LiveSchema)
def get_live():
    """Tell that the process answers; asks nothing of the database."""
    return {"status": "live"}


@blp.get("/ready")
@blp.public
@blp.response(200, ReadySchema)
@blp.raises(NotReady, StorageBroken)
def get_ready():
    """Tell whether the database is there, takes writes, and is of this version or one that it serves."""
    require_storage()
    return {"status": "ready", "revision": require_revision(queries.health.schema(session()))}


@blp.get("/work")
@blp.public
@blp.response(200, WorkSchema)
@blp.raises(WorkStandsStill)
def get_work():
    """Tell how late the oldest due timer and notice are, and whether the jobs still run: 503 from 30 s on."""
    work = require_progress(queries.health.work(session(), now=now()))
    return {**asdict(work), "rate_limits_blind": limits().is_blind}
