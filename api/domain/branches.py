"""What cannot be done to a branch."""

from api.domain.errors import Conflict


class BranchCodeTaken(Conflict):
    """There is a branch with this code."""

    code = "branch_code_taken"
