"""Every source of problems and traces, in the open, and how to read one."""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Annotated, Any

import pyarrow as pa
from pydantic import Field

from data.columns import (
    ANSWER,
    ASKED,
    CONTROL_KIND,
    CONTROL_VALUE,
    DETAIL,
    DROPPED,
    FINISH_REASON,
    METHOD,
    MODEL,
    MODEL_REVISION,
    PARAMS,
    PROBLEM_ID,
    PROBLEMS,
    PROMPT,
    PROMPT_ID,
    REASONING,
    REPLY,
    SAMPLE,
    SCORE,
    SEED,
    SPENT_TOKENS,
    STEPS,
    TRACE_ID,
)
from data.inputs.duplicates import Duplicates
from data.inputs.fault_log import FaultLog
from data.inputs.file import FileProblems, FileTraces
from data.inputs.hub import HubProblems, HubTraces
from data.inputs.record import BadRow, Fault, Record
from data.inputs.records import origins_digest, records
from data.inputs.rows.problem_row import problem_row, rejected_row
from data.inputs.rows.trace_rows import trace_rows
from data.inputs.tables import in_tables
from data.inputs.task import TaskProblems, task_rows, task_version

Problems = TaskProblems | FileProblems | HubProblems
"""A source of problems."""
Traces = FileTraces | HubTraces
"""A source of chains of thought that exist already; `isinstance` tells it from `Problems`."""

AnyProblems = Annotated[Problems, Field(discriminator="kind")]
"""The `problems` of a run file, told apart by `kind`."""
AnyTraces = Annotated[Traces, Field(discriminator="kind")]
"""The `traces` of a run file, told apart by `kind`."""

IMPORTED_TRACES = (
    *PROBLEMS,
    TRACE_ID,
    METHOD,
    PROMPT_ID,
    SAMPLE,
    PARAMS,
    SEED,
    PROMPT,
    ASKED,
    REPLY,
    REASONING,
    ANSWER,
    STEPS,
    SCORE,
    FINISH_REASON,
    SPENT_TOKENS,
    MODEL,
    MODEL_REVISION,
    CONTROL_KIND,
    CONTROL_VALUE,
)
"""What is known of a trace that was sampled elsewhere; the rest is made by stages."""

LEFT_OUT = ("filtered", "sentinel_gold")
"""Why a row is left out that is no error: whatever `on_bad_row` says, it is rejected and counted, and the rest read."""

Rows = list[dict[str, Any]]


def columns(source: Problems | Traces) -> Sequence[pa.Field]:
    """Return the columns a source gives, without the bookkeeping ones."""
    return IMPORTED_TRACES if isinstance(source, Traces) else PROBLEMS


def content_digest(source: Problems | Traces) -> str:
    """Return what bears identity besides the spec: the bytes of its files, the revision, the generator.

    Raises:
        InputError: a file cannot be read.
    """
    return task_version(source) if isinstance(source, TaskProblems) else origins_digest(source)


def read_problems(source: Problems) -> Iterator[pa.Table]:
    """Yield the problems of a source in tables of bounded size, rejected ones marked in `dropped`.

    Two problems with the same question, or the same id of the source's own, are a fault of the second.

    Raises:
        InputError: with all that is wrong, after the last row was looked at.
    """
    if isinstance(source, TaskProblems):
        groups: Iterator[Rows] = ([row] for row in task_rows(source))
    else:
        groups = _problems(source)
    return in_tables(groups, (*PROBLEMS, DROPPED, DETAIL))


def read_traces(source: Traces) -> Iterator[pa.Table]:
    """Yield the traces of a source in tables of bounded size, rejected ones marked in `dropped`.

    Traces of one row stay in one table; those of a problem that several rows hold may be spread over tables, and
    their `sample` counts on over all of them.

    Raises:
        InputError: with all that is wrong, after the last row was looked at.
    """
    return in_tables(_traces(source), (*IMPORTED_TRACES, DROPPED, DETAIL))


def _problems(source: FileProblems | HubProblems) -> Iterator[Rows]:
    log = FaultLog()
    seen = Duplicates()
    for record in records(source, list(source.columns.named()), log):
        try:
            _refuse_left_out(record)
            row = problem_row(record, source)
            seen.check(record, row, source.columns)
        except BadRow as bad:
            yield from _refuse(source, log, record, bad)
            continue
        if not log:
            yield [row]
    log.stop()


def _traces(source: Traces) -> Iterator[Rows]:
    log = FaultLog()
    samples: Counter[str] = Counter()
    named = [*source.columns.named(), *(name for replies in source.replies for name in replies.named())]
    for record in records(source, named, log):
        try:
            _refuse_left_out(record)
            problem = problem_row(record, source)
            key = problem[PROBLEM_ID.name]
            made = list(trace_rows(record, problem, source.replies, samples[key]))
        except BadRow as bad:
            yield from _refuse(source, log, record, bad)
            continue
        samples[key] += len(made)
        if source.on_bad_row == "stop":
            _note(log, record, *(bad for _, bad in made if bad))
        if not log:
            yield [row for row, _ in made]
    log.stop()


def _refuse_left_out(record: Record) -> None:
    if record.left_out is not None:
        raise BadRow(Fault("filtered", None, record.left_out))


def _refuse(source: FileProblems | HubProblems | Traces, log: FaultLog, record: Record, bad: BadRow) -> Iterator[Rows]:
    wanted = [fault for fault in bad.faults if fault.reason in LEFT_OUT]
    if source.on_bad_row == "stop" and not wanted:
        _note(log, record, bad)
    elif not log:
        yield [rejected_row(record, BadRow(*(wanted or bad.faults)))]


def _note(log: FaultLog, record: Record, *bad_rows: BadRow) -> None:
    for bad in bad_rows:
        for fault in bad.faults:
            log.add(record, fault)
