"""Every job is scheduled: a job that nobody starts is a promise that nobody keeps."""

import ast
import inspect

from jobs.schedule import SCHEDULE
from tests.house.source import modules

MACHINERY = {"jobs", "jobs.__main__", "jobs.context", "jobs.schedule", "jobs.scheduler"}


def test_every_job_is_scheduled():
    scheduled = {cadence.job.__module__ for cadence in SCHEDULE}
    forgotten = [
        module.name
        for module in modules("jobs")
        if module.name not in MACHINERY | scheduled and _takes_a_context(module.tree)
    ]

    assert not forgotten, f"Add a line to SCHEDULE in jobs/schedule.py, or delete the job: {forgotten}"


def test_a_job_is_scheduled_once_and_says_why():
    jobs = [cadence.job for cadence in SCHEDULE]
    twice = {job.__name__ for job in jobs if jobs.count(job) > 1}
    unexplained = [cadence.job.__name__ for cadence in SCHEDULE if not cadence.why.strip().endswith(".")]

    assert not twice, f"One cadence for each job: {twice}"
    assert not unexplained, f"Say in a sentence why the job runs that often: {unexplained}"


def test_a_job_has_the_name_of_its_file():
    misplaced = [
        f"{cadence.job.__module__}.{cadence.job.__name__}"
        for cadence in SCHEDULE
        if not cadence.job.__module__.endswith(f".{cadence.job.__name__}")
    ]

    assert not misplaced, f"jobs/fire_wait_timers.py has the job fire_wait_timers: {misplaced}"


def test_a_job_says_what_it_does():
    silent = [cadence.job.__name__ for cadence in SCHEDULE if not inspect.getdoc(cadence.job)]

    assert not silent, f"Write the docstring: what is due, and why it may run twice: {silent}"


def _takes_a_context(tree: ast.Module) -> bool:
    return any(
        isinstance(node, ast.FunctionDef)
        and any(argument.arg == "context" for argument in node.args.args)
        and not node.name.startswith("_")
        for node in tree.body
    )
