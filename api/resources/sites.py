"""The addresses where we pick up."""

from api import queries, services
from api.domain.errors import NotFound
from api.domain.sites import SiteNameTaken
from api.resources.customers import KEEPERS, READERS
from api.schemas.base import PageQuerySchema
from api.schemas.sites import AddSiteSchema, ChangeSiteSchema, SitePageSchema, SiteSchema
from api.web.blueprint import Blueprint
from api.web.context import if_match, now, principal, session
from api.web.paging import as_page, page_request

blp = Blueprint("sites", __name__, url_prefix="/v1", description="The addresses where we pick up.")


@blp.get("/customers/<uuid:customer_id>/sites")
@blp.requires(*READERS)
@blp.arguments(PageQuerySchema, location="query")
@blp.response(200, SitePageSchema)
@blp.raises(NotFound)
def list_sites(query, customer_id):
    """List a customer's sites."""
    page = page_request(query)
    return as_page(queries.sites.of_customer(session(), customer_id, by=principal(), page=page))


@blp.post("/customers/<uuid:customer_id>/sites")
@blp.requires(*KEEPERS)
@blp.repeatable
@blp.arguments(AddSiteSchema)
@blp.response(201, SiteSchema)
@blp.raises(NotFound, SiteNameTaken)
@blp.versioned
def add_site(draft, customer_id):
    """Add a site to a customer."""
    return services.sites.add(session(), draft, customer_id=customer_id, by=principal(), now=now())


@blp.get("/sites/<uuid:site_id>")
@blp.requires(*READERS)
@blp.response(200, SiteSchema)
@blp.raises(NotFound)
@blp.versioned
def get_site(site_id):
    """Show a site."""
    return queries.sites.by_id(session(), site_id, by=principal())


@blp.patch("/sites/<uuid:site_id>")
@blp.requires(*KEEPERS)
@blp.arguments(ChangeSiteSchema)
@blp.response(200, SiteSchema)
@blp.raises(NotFound, SiteNameTaken)
@blp.edits
@blp.versioned
def change_site(body, site_id):
    """Change a site."""
    return services.sites.change(
        session(), site_id=site_id, changes=body, version=if_match(), by=principal(), now=now()
    )
