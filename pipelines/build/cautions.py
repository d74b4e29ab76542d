"""What a person should know of a run before it is paid for, and again when it is done."""

from collections.abc import Iterator, Mapping, Sequence

from data.inputs.every import Problems, Traces
from data.inputs.task import TaskProblems
from data.tasks.every import TASKS
from pipelines.build.report import MethodReport
from pipelines.build.run_file import Run
from stages.engines.remote.remote import Remote
from stages.replies.remark_replies import UNDECLARED_MARKS
from stages.sample_cots import HIDDEN_REASONING
from stages.tokens import WORDS

SEEN = {
    HIDDEN_REASONING: f"have reasoning that their server kept to itself (remark `{HIDDEN_REASONING}`): their chain of "
    "thought is a summary, or missing, and not what led to the answer",
    UNDECLARED_MARKS: f"seem to mark their thoughts in a way that is not known (remark `{UNDECLARED_MARKS}`): they are "
    "taken for answers as a whole; name the marks, such as `thinking: {open: <ponder>, close: </ponder>}`",
}
"""What rows with a remark mean."""

OWN_ANSWERS = (
    "traces: there is no gold; each trace is held to the answer it states itself (`kept_answer`), and nobody has "
    "checked that these answers are right"
)


def cautions(run: Run) -> list[str]:
    """Return the cautions of the source and of every method, its name before each."""
    tagged = multi_step(run.problems or run.traces)
    source = run.problems or run.traces
    real = source is not None and not isinstance(source, TaskProblems)
    told_of = [(method, told) for method in run.methods for told in method.cautions(tagged)]
    told_of += [(method, told) for method in run.methods if real for told in method.cautions_beyond_tasks()]
    of_methods = [f"{method.called}: {told}" for method, told in told_of]
    own = [OWN_ANSWERS] if run.traces is not None and run.traces.columns.gold is None else []
    return [*own, *_counting(run), *of_methods]


def _counting(run: Run) -> Iterator[str]:
    """Yield what a run cannot do in tokens whose model is elsewhere and whose tokenizer nobody names."""
    remote = sorted({engine.model for engine in run.every_engine if isinstance(engine, Remote)})
    if remote and run.counter == WORDS:
        named = "no `tokenizer` is named" if run.tokenizer is None else "`tokenizer` is `words`"
        yield (
            f"{named}, so lengths are counted in words, digits and marks, not in tokens of {', '.join(remote)}: "
            "`cot_tokens`, `kept_ratio`, levels and limits such as `max_cot_tokens` do not compare with "
            "`reply_tokens`, which the server counts; name the model's own tokenizer, a folder or `id@commit`"
        )


def seen(reports: Mapping[str, MethodReport]) -> list[str]:
    """Return the cautions that only the replies could give."""
    return [
        f"{method}: {rows:,} of {report.rows:,} rows {caution}"
        for method, report in reports.items()
        for remark, caution in SEEN.items()
        if (rows := report.remarks.get(remark, 0))
    ]


def multi_step(source: Problems | Traces | None) -> bool | None:
    """Tell whether a source is tagged as taking several steps: a task says so itself; None where nobody says."""
    if not isinstance(source, TaskProblems):
        return True if _gold_of(source) == "gsm8k" else None
    names: Sequence[str] = (source.task,) if isinstance(source.task, str) else source.task
    return any(TASKS[name].multi_step for name in names if name in TASKS)


def _gold_of(source: Problems | Traces | None) -> str | None:
    """Return how a source's golds are read: solutions in the form of GSM8K are several steps long."""
    return None if source is None or isinstance(source, TaskProblems) else source.gold
