"""Every page in every state that a contact may meet: each makes its rows and returns the path to open."""

from datetime import time, timedelta

from api import security, services
from api.domain.cases import Complaint
from api.domain.feedback import Rating
from api.domain.link_policy import LinkVerb
from api.domain.principal import Principal
from api.domain.readiness import Said
from api.domain.vocabulary import (
    CaseCategory,
    FeedbackReason,
    LinkPurpose,
    Locale,
    PickupState,
    ReadinessAnswer,
    Role,
    WaitState,
)
from api.models import Contact, CourierPosition, Pickup, Shift, Site
from tests.factories import make_link, make_pickup, make_staff
from tests.fakes import NOW

A_KILOMETRE_WEST = {"latitude": 31.2335, "longitude": 121.4925}


class Gallery:
    def __init__(self, database, clock, pickup, branch, link, stand, arrive) -> None:
        self.database = database
        self.clock = clock
        self.pickup = pickup
        self.branch = branch
        self.link = link
        self.stand = stand
        self.arrive = arrive

    def asked(self):
        with self.database.unit_of_work() as session:
            session.get_one(Site, self.pickup.site_id).papers = ["装箱单", "商业发票"]
        return self.link()

    def on_his_way(self):
        self.stand(state=PickupState.EN_ROUTE, eta_at=NOW + timedelta(minutes=8))
        with self.database.unit_of_work() as session:
            courier_id = self.pickup.courier_id
            session.add(Shift(branch_id=self.branch.id, staff_id=courier_id, started_at=NOW))
            session.add(
                CourierPosition(
                    staff_id=courier_id, taken_at=NOW, received_at=NOW, mock=False, **A_KILOMETRE_WEST
                )
            )
        return self._answered(Said(ReadinessAnswer.READY, goods_packed=True, papers_printed=True, parcels=3))

    def answered(self):
        return self._answered(Said(ReadinessAnswer.IN_MINUTES, minutes=10))

    def another_time(self):
        return self._answered(Said(ReadinessAnswer.ANOTHER_TIME))

    def agreed(self):
        path = self.another_time()
        with self.database.unit_of_work() as session:
            opened = self._open(session, path, LinkVerb.CHOOSE_SLOT)
            slots = services.slots.free(session, pickup=opened.the_pickup, now=NOW)
            services.slots.choose(session, through=opened, slot_start=slots[0].start, now=NOW)
        return f"{path}?show=agreed"

    def early(self):
        self.arrive(early=timedelta(minutes=20))
        return self.link()

    def green(self):
        self.arrive()
        self.clock.tick(minutes=1)
        return self.link()

    def amber(self):
        self.arrive()
        self.clock.tick(minutes=4)
        return self.link()

    def expired(self):
        self.arrive()
        self.clock.tick(minutes=6)
        return self.link()

    def handing_over(self):
        self.arrive(state=WaitState.HANDING_OVER, handover_started_at=NOW)
        return self.link()

    def left(self):
        self.stand(state=PickupState.LEFT)
        return self.link(LinkPurpose.RESCHEDULE)

    def agreed_after_leaving(self):
        path = self.left()
        with self.database.unit_of_work() as session:
            opened = self._open(session, path, LinkVerb.CHOOSE_SLOT)
            slots = services.slots.free(session, pickup=opened.the_pickup, now=NOW)
            services.slots.choose(session, through=opened, slot_start=slots[0].start, now=NOW)
        return path

    def feedback(self):
        self.stand(state=PickupState.COLLECTED)
        return self.link(LinkPurpose.FEEDBACK)

    def feedback_low(self):
        return f"{self.feedback()}?score=2"

    def thanks(self):
        self.case_closed()
        path = self.feedback()
        with self.database.unit_of_work() as session:
            opened = self._open(session, path, LinkVerb.GIVE_FEEDBACK)
            rating = Rating(4, (FeedbackReason.FRIENDLY,), comment="<b>谢谢</b>")
            services.feedback.give(session, through=opened, rating=rating, now=NOW)
        return path

    def complaint(self):
        return f"{self.feedback()}?show=complaint"

    def complained(self):
        path = self.feedback()
        self._complain(path)
        return f"{path}?show=complaint"

    def case(self):
        case = self._complain(self._link_of_yesterday())
        with self.database.unit_of_work() as session:
            said = "我们已联系取件员，今天下午给您答复。"
            services.case_work.answer(
                session, case_id=case.id, text=said, version=case.version, by=self._rep, now=NOW
            )
        return self._case_path(case)

    def case_closed(self):
        case = self._complain(self._link_of_yesterday())
        with self.database.unit_of_work() as session:
            said = "已全额赔付，并更换了包装。"
            services.case_work.close(
                session, case_id=case.id, outcome=said, version=case.version, by=self._rep, now=NOW
            )
        return self._case_path(case)

    def preferences(self):
        with self.database.unit_of_work() as session:
            contact = session.get_one(Contact, self.pickup.contact_id)
            contact.email = "fang.li@example.com"
            contact.hours_start, contact.hours_end = time(9), time(18)
        return self.link(LinkPurpose.PREFERENCES, pickup_id=None)

    def gone(self):
        return self.link(revoked_at=NOW)

    def over(self):
        path = self.link()
        self.feedback()
        return path

    def unknown(self):
        return "/l/AAAAAAAAAAAAAAAAAAAAAA"

    def _answered(self, said):
        path = self.link()
        with self.database.unit_of_work() as session:
            opened = self._open(session, path, LinkVerb.ANSWER_READINESS)
            services.readiness.answer(session, through=opened, said=said, now=NOW)
        return path

    def _complain(self, path):
        with self.database.unit_of_work() as session:
            rep = make_staff(session, self.branch, role=Role.SALES_REP, name="陈晓")
            opened = self._open(session, path, LinkVerb.COMPLAIN)
            complaint = Complaint(
                CaseCategory.DAMAGED, "外箱破了，<script>alert(1)</script>里面的零件少了两个。"
            )
            case = services.cases.complain(session, through=opened, complaint=complaint, now=NOW)
            case.owner_id = rep.id
            session.flush()
            self._rep = Principal(rep.id, self.branch.id, rep.role, Locale.ZH_CN, None)
            return case

    def _link_of_yesterday(self):
        """The feedback link of another pickup of the same contact."""
        with self.database.unit_of_work() as session:
            site = session.get_one(Site, self.pickup.site_id)
            contact = session.get_one(Contact, self.pickup.contact_id)
            other = make_pickup(session, site, contact, state=PickupState.COLLECTED)
            made = make_link(session, session.get_one(Pickup, other.id), purpose=LinkPurpose.FEEDBACK)
            return self._path(session, made)

    def _case_path(self, case):
        with self.database.unit_of_work() as session:
            made = services.link_issuing.issue_for_case(
                session, case=case, contact_id=case.contact_id, now=NOW
            )
            return self._path(session, made)

    @staticmethod
    def _path(session, link):
        return f"/l/{security.vault_of(session).links.token(link.id, link.key_id)}"

    @staticmethod
    def _open(session, path, verb):
        token = path.rpartition("/")[2]
        return services.links.open_by_token(session, token=token, verb=verb, now=NOW)


STATES = [name for name in vars(Gallery) if not name.startswith("_")]
