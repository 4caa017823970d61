"""Some things have one door only: the time, the environment and the commit."""

import ast

from tests.house.source import calls, dotted, imports, modules

READS_OF_TIME = frozenset(
    {
        "datetime.now",
        "datetime.utcnow",
        "datetime.today",
        "datetime.datetime.now",
        "datetime.datetime.utcnow",
        "date.today",
        "datetime.date.today",
        "time.time",
        "time.time_ns",
        "time.localtime",
        "time.gmtime",
        "func.now",
        "func.current_timestamp",
    }
)
# The scheduler's watchdog compares the two clocks of the machine; it decides nothing by them.
CLOCKS = frozenset({"api.clock", "jobs.scheduler"})
READS_OF_ENVIRONMENT = frozenset({"os.environ", "os.getenv", "os.environb", "os.putenv"})


def test_only_the_clock_reads_the_time():
    readers = [
        f"{module.at(node)}: {name}()"
        for module in modules()
        if module.name not in CLOCKS
        for node, name in calls(module)
        if name in READS_OF_TIME
    ]

    assert not readers, _explain(
        "Only api/clock.py reads the time.",
        "take `now: datetime` as the last argument; at the edge it comes from the clock.",
        readers,
    )


def test_only_the_settings_read_the_environment():
    readers = [
        module.at(node)
        for module in modules()
        if module.name != "api.settings"
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Attribute) and dotted(node) in READS_OF_ENVIRONMENT
    ]

    assert not readers, _explain(
        "Only api/settings.py reads the environment.",
        "add a field to Settings and hand it in.",
        readers,
    )


def test_only_the_unit_of_work_commits():
    commits = [
        f"{module.at(node)}: {name}()"
        for module in modules()
        if module.name != "api.db"
        for node, name in calls(module)
        if name.endswith((".commit", ".rollback"))
    ]

    assert not commits, _explain(
        "Only the unit of work in api/db.py commits or rolls back.",
        "flush in the service; to have a refusal keep its changes set `keeps_changes` on the error.",
        commits,
    )


def test_g5_nothing_that_is_stored_or_sent_is_ever_executed():
    executors = [
        f"{module.at(node)}: {name}"
        for module in modules()
        for node, name in imports(module)
        if _executes(name)
    ] + [
        f"{module.at(node)}: {name}()"
        for module in modules()
        for node, name in calls(module)
        if name in EXECUTING
    ]

    assert not executors, _explain(
        "Whoever can write a row or send a text must not be able to run anything by it.",
        "store known words in checked columns and JSON; read files by a parser that only reads.",
        executors,
    )


EXECUTING = frozenset(
    {"eval", "exec", "compile", "__import__", "os.system", "os.popen", "yaml.load", "yaml.unsafe_load"}
)
UNPACKING = (
    "pickle",
    "cPickle",
    "dill",
    "cloudpickle",
    "marshal",
    "shelve",
    "joblib",
    "sqlalchemy.PickleType",
)


def _executes(name: str) -> bool:
    return name in UNPACKING or name.startswith(tuple(f"{module}." for module in UNPACKING))


def test_no_service_touches_the_network():
    offenders = [
        module.at(node)
        for module in modules("api/services", "api/queries", "api/domain", "api/resources")
        for node, name in calls(module)
        if name.startswith(("requests.", "urllib.", "socket.", "smtplib.", "http.client."))
    ]

    assert not offenders, _explain(
        "No transaction may be open during a network call.",
        "write a notice; a job delivers it through api/integrations.",
        offenders,
    )


def _explain(rule: str, fix: str, places: list[str]) -> str:
    return "\n".join([rule, f"Fix: {fix}", *places])
