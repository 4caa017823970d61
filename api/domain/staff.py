"""Who may manage whom, and what cannot be done to an account."""

from api.domain.errors import Conflict, Forbidden
from api.domain.vocabulary import Role

RANK = {Role.ADMIN: 3, Role.MANAGER: 2}


class AboveYourRank(Forbidden):
    """Only somebody of a higher rank may do this, and nobody to himself."""

    code = "above_your_rank"


class PhoneTaken(Conflict):
    """Another account signs in with this phone number."""

    code = "phone_taken"


class PeopleAreNotMachines(Conflict):
    """A person does not become a machine account, nor a machine account a person: add a new one."""

    code = "people_are_not_machines"


class NotAnIntegration(Conflict):
    """API keys belong to machine accounts (role integration) only."""

    code = "not_an_integration"


def may_manage(actor: Role, target: Role) -> bool:
    """Tell whether the actor may manage staff of this role: admins all, managers those below them."""
    return actor is Role.ADMIN or RANK.get(actor, 1) > RANK.get(target, 1)
