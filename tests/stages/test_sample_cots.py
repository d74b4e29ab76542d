from contextlib import nullcontext

from stages.asking.ask import Ask
from stages.asking.prompts import Adapter, Prompt
from stages.engines.engine import Reply
from stages.engines.fake import Fake
from stages.sample_cots import SampleCoTs
from tests.stages.scripted import Scripted

ROW = {
    "problem_id": "p",
    "question": "What is 7?",
    "gold": "7",
    "answer_kind": "integer",
    "prompt": [{"role": "user", "content": "What is 7?"}],
    "template_args": None,
}


def sampler(adapter: Adapter | None = None) -> SampleCoTs:
    return SampleCoTs(engine=Fake(), prompts=(Prompt(name="zero_shot", samples=1, adapter=adapter),))


def test_an_engine_that_takes_no_adapters_is_enough_without_one() -> None:
    assert "adapter" not in sampler().needs
    assert "adapter" in sampler(Adapter(path="a", revision="1")).needs


async def test_every_request_names_the_adapter() -> None:
    engine = Scripted({0: Reply("7", 1, "stop")})

    await sampler(Adapter(path="a", revision="1")).talk(ROW, Ask(engine, nullcontext))
    await sampler().talk(ROW, Ask(engine, nullcontext))

    assert [(asked.adapter, asked.adapter_revision) for asked in engine.asked] == [("a", "1"), (None, None)]


async def test_the_journal_knows_an_adapter_by_what_it_holds_wherever_it_lies() -> None:
    engine = Scripted({0: Reply("7", 1, "stop")})
    adapters = [Adapter(path="a", revision="1"), Adapter(path="b", revision="1"), Adapter(path="a", revision="2"), None]

    for adapter in adapters:
        await sampler(adapter).talk(ROW, Ask(engine, nullcontext))
    keys = [asked.key("model") for asked in engine.asked]

    assert keys[0] == keys[1]
    assert len(set(keys)) == 3


async def test_teachers_that_sample_alike_draw_samples_seeds_and_trace_ids_of_their_own() -> None:
    prompts = (Prompt(name="zero_shot", samples=2), Prompt(name="concise", samples=3, wishes=("Be concise.",)))
    engine = Scripted({sample: Reply("7", 1, "stop") for sample in range(9)})
    rows = [
        row
        for teacher in range(3)
        for row in await SampleCoTs(engine=Fake(), prompts=prompts, teacher=teacher).talk(ROW, Ask(engine, nullcontext))
    ]

    assert sorted(row["sample"] for row in rows if row["prompt_id"] == "concise") == list(range(9))
    for column in ("seed", "trace_id"):
        assert len({row[column] for row in rows}) == 15
    assert len({asked.key("one model") for asked in engine.asked}) == 15
