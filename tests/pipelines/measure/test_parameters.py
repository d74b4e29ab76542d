from math import prod
from pathlib import Path

import pytest
from safetensors import safe_open

from pipelines.measure.parameters import billion_parameters
from pipelines.measure.run_file import Model
from stages.engines.fake import Fake
from stages.engines.local.local import Local

POCKET = Path(__file__).parents[3] / "data" / "pocket"


def test_counts_what_the_weights_hold() -> None:
    with safe_open(POCKET / "model.safetensors", "np") as weights:
        held = sum(prod(weights.get_slice(name).get_shape()) for name in weights.offset_keys())

    assert billion_parameters(Model(name="pocket"), Local(model=str(POCKET))) == pytest.approx(held / 1e9)


def test_what_the_run_file_says_goes_first() -> None:
    assert billion_parameters(Model(name="pocket", billion_parameters=3.1), Local(model=str(POCKET))) == 3.1


def test_elsewhere_it_is_not_known() -> None:
    hub = Local(model="someone/model", revision="0" * 40)

    assert [billion_parameters(Model(name="m"), engine) for engine in (Fake(), hub)] == [None, None]
