from importlib.util import find_spec

import pytest

from data.errors import ConfigError
from data.spec import identity
from sft.config import Base, Rows, Training
from sft.run.machine import check_machine

NEW = {"optim": "adamw_torch", "adam_beta1": 0.8, "adam_beta2": 0.95, "adam_epsilon": 1e-6}
LEAST = Training(base=Base(model="m"), dataset=Rows(path="d"))


@pytest.mark.skipif(find_spec("bitsandbytes") is not None, reason="bitsandbytes is installed here")
@pytest.mark.parametrize("flash", ["flash_attention_2", "flash_attention_3"])
def test_all_that_a_machine_lacks_is_named_at_once(flash: str) -> None:
    config = Training(
        base=Base(model="m"),
        dataset=Rows(path="d"),
        optim="adamw_8bit",
        attn_implementation=flash,  # type: ignore[arg-type]  # one of the two
        use_liger_kernel=True,
        precision="float32",
    )

    with pytest.raises(ConfigError) as told:
        check_machine(config)

    first, second, third = told.value.faults
    assert "optim adamw_8bit: bitsandbytes is not installed" in first
    assert second.startswith(f"attn_implementation {flash}: flash-attn") and "`precision: bf16`" in second
    assert "use_liger_kernel: liger-kernel is not installed" in third


def test_what_every_machine_has_is_taken() -> None:
    for attention in ("sdpa", "eager", None):
        check_machine(Training(base=Base(model="m"), dataset=Rows(path="d"), attn_implementation=attention, **NEW))  # type: ignore[arg-type]  # they fit


def test_settings_that_came_later_do_not_rename_runs_that_were_done_without_them() -> None:
    named = identity(LEAST)

    assert not {*NEW, "attn_implementation", "use_liger_kernel"} & set(named)
    assert identity(Training(base=Base(model="m"), dataset=Rows(path="d"), **NEW)) == named | NEW  # type: ignore[arg-type]  # as above
