"""The churn risk of a customer, with its reasons and its history."""

from api import queries
from api.domain.errors import NotFound
from api.domain.vocabulary import Role
from api.schemas.churn import CustomerRiskSchema
from api.web.blueprint import Blueprint
from api.web.context import locale, principal, session

blp = Blueprint("churn", __name__, url_prefix="/v1/customers", description="Churn risk of the customers.")


@blp.get("/<uuid:customer_id>/risk")
@blp.requires(Role.SALES_REP, Role.MANAGER, Role.ADMIN)
@blp.response(200, CustomerRiskSchema)
@blp.raises(NotFound)
def get_customer_risk(customer_id):
    """Show how likely a customer is to ship again within its own usual time, and why."""
    return queries.churn.risk_of(session(), customer_id, by=principal(), locale=locale())
