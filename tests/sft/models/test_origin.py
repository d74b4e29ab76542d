import json
import shutil
from pathlib import Path

import pytest

from data.errors import ArtifactError, ConfigError
from sft.config import Base
from sft.models.origin import base_digest, base_of, check_base, find
from sft.models.trained import RECORD
from tests.sft.small import POCKET


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    return Path(shutil.copytree(POCKET, tmp_path / "copy"))


def test_a_copy_is_the_same_base(copy: Path) -> None:
    assert base_digest(copy) == base_digest(POCKET)


def test_who_wrote_a_config_is_no_part_of_a_base(copy: Path) -> None:
    config = json.loads((copy / "config.json").read_text("utf-8"))
    (copy / "config.json").write_text(json.dumps(config | {"transformers_version": "0"}), "utf-8")

    assert base_digest(copy) == base_digest(POCKET)


def test_other_weights_or_another_config_are_another_base(copy: Path) -> None:
    config = json.loads((copy / "config.json").read_text("utf-8"))
    (copy / "config.json").write_text(json.dumps(config | {"rms_norm_eps": 1e-5}), "utf-8")
    configured = base_digest(copy)
    weights = bytearray((copy / "model.safetensors").read_bytes())
    weights[-1] ^= 1
    (copy / "model.safetensors").write_bytes(weights)

    assert len({base_digest(POCKET), configured, base_digest(copy)}) == 3


def test_a_folder_without_safetensors_is_refused(tmp_path: Path) -> None:
    (tmp_path / "pytorch_model.bin").write_bytes(b"")

    with pytest.raises(ConfigError, match=r"no config\.json and no \*\.safetensors"):
        find(Base(model=str(tmp_path)))


@pytest.mark.parametrize("revision", [None, "main", "abc"])
def test_a_model_on_the_hub_is_pinned_to_a_commit(revision: str | None) -> None:
    with pytest.raises(ConfigError, match="give the full commit"):
        find(Base(model="nobody/nothing", revision=revision))


@pytest.mark.parametrize("record", [None, [], {}, {"base": "pocket"}, {"base": {"model": "pocket"}}])
def test_an_adapter_that_does_not_say_its_base_is_let_pass(tmp_path: Path, record: object) -> None:
    if record is not None:
        (tmp_path / RECORD).write_text(json.dumps(record), "utf-8")
    check_base(tmp_path, "a" * 64)

    assert base_of(tmp_path) is None


def test_an_adapter_of_another_base_is_refused(tmp_path: Path) -> None:
    base = {"model": "pocket", "revision": None, "digest": "a" * 64}
    (tmp_path / RECORD).write_text(json.dumps({"base": base}), "utf-8")
    check_base(tmp_path, "a" * 64)

    with pytest.raises(ArtifactError, match="trained on pocket with digest aaaaaaaaaaaa; this base has bbbbbbbbbbbb"):
        check_base(tmp_path, "b" * 64)
