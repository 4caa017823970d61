"""The caller's branch and its policy."""

from api import queries, services
from api.domain.errors import NotFound
from api.domain.vocabulary import Role
from api.schemas.branches import BranchSchema, PolicySchema, SetPolicySchema
from api.web.blueprint import EVERY_ROLE, Blueprint
from api.web.context import if_match, now, principal, session

blp = Blueprint("branches", __name__, url_prefix="/v1/branches", description="The branch and its policy.")


@blp.get("/<uuid:branch_id>")
@blp.requires(*EVERY_ROLE)
@blp.response(200, BranchSchema)
@blp.raises(NotFound)
def get_branch(branch_id):
    """Show your branch."""
    return queries.branches.by_id(session(), branch_id, by=principal())


@blp.get("/<uuid:branch_id>/policy")
@blp.requires(*EVERY_ROLE)
@blp.response(200, PolicySchema)
@blp.raises(NotFound)
@blp.versioned
def get_policy(branch_id):
    """Show the policy in force and its version."""
    branch = queries.branches.by_id(session(), branch_id, by=principal())
    return queries.branches.policy_view(session(), branch.id)


@blp.put("/<uuid:branch_id>/policy")
@blp.requires(Role.MANAGER, Role.ADMIN)
@blp.arguments(SetPolicySchema)
@blp.response(200, PolicySchema)
@blp.raises(NotFound)
@blp.edits
@blp.versioned
def set_policy(body, branch_id):
    """Put a new version of the policy in force."""
    return services.branches.set_policy(
        session(), branch_id=branch_id, **body, version=if_match(), by=principal(), now=now()
    )
