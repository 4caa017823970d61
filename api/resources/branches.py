"""The caller's branch, how it looks to customers, and its policy."""

from api import queries, services
from api.domain.branding import MOST_LOGO_BYTES, AccentTooPale
from api.domain.errors import NotFound
from api.domain.proofs import ANY_PICTURE, NotThatPicture
from api.domain.vocabulary import ProofType, Role
from api.schemas.branches import BranchSchema, ChangeBranchSchema, PolicySchema, SetPolicySchema
from api.web.blueprint import EVERY_ROLE, Blueprint
from api.web.context import if_match, now, principal, session

blp = Blueprint("branches", __name__, url_prefix="/v1/branches", description="The branch and its policy.")


@blp.get("/<uuid:branch_id>")
@blp.requires(*EVERY_ROLE)
@blp.response(200, BranchSchema)
@blp.raises(NotFound)
@blp.versioned
def get_branch(branch_id):
    """Show your branch."""
    return queries.branches.by_id(session(), branch_id, by=principal())


@blp.patch("/<uuid:branch_id>")
@blp.requires(Role.MANAGER, Role.ADMIN)
@blp.arguments(ChangeBranchSchema)
@blp.response(200, BranchSchema)
@blp.raises(NotFound, AccentTooPale)
@blp.edits
@blp.versioned
def change_branch(body, branch_id):
    """Change how the branch presents itself to customers, and whose public holidays it keeps.

    A colour that cannot be read by everybody is refused, and `nearest` tells one that can.
    """
    return services.branches.change(
        session(), branch_id=branch_id, changes=body, version=if_match(), by=principal(), now=now()
    )


@blp.put("/<uuid:branch_id>/logo")
@blp.requires(Role.MANAGER, Role.ADMIN)
@blp.takes_file(ANY_PICTURE, *ProofType, most_bytes=MOST_LOGO_BYTES)
@blp.response(200, BranchSchema)
@blp.raises(NotFound, NotThatPicture)
def set_logo(data, media_type, branch_id):
    """Put a logo on the customers' pages: PNG, JPEG or WebP, at most 40 kB."""
    return services.branches.set_logo(
        session(), branch_id=branch_id, data=data, media_type=media_type, by=principal(), now=now()
    )


@blp.delete("/<uuid:branch_id>/logo")
@blp.requires(Role.MANAGER, Role.ADMIN)
@blp.response(204)
@blp.raises(NotFound)
def drop_logo(branch_id):
    """Do without a logo."""
    services.branches.drop_logo(session(), branch_id=branch_id, by=principal(), now=now())


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
