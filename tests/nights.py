"""What a night of churn scoring left in the database."""

from sqlalchemy import select

from api.models import ChurnAlert, Notice


def everything(database, model):
    with database.unit_of_work(read_only=True) as session:
        return session.scalars(select(model).order_by(model.id)).all()


def alert_of(database, customer):
    [alert] = [one for one in everything(database, ChurnAlert) if one.customer_id == customer.id]
    return alert


def digests(database):
    return [notice for notice in everything(database, Notice) if notice.kind == "churn_digest"]


def pushes(database):
    return [notice for notice in everything(database, Notice) if notice.kind == "churn_alert"]
