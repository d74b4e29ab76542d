import json
import shutil
from pathlib import Path

import pytest

from data.errors import ConfigError
from sft.config import Base, Rows, Training
from sft.models.base import load_model, load_tokenizer, positions
from tests.sft.small import POCKET


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    return Path(shutil.copytree(POCKET, tmp_path / "copy"))


def test_a_damaged_model_is_told_by_its_folder(copy: Path) -> None:
    (copy / "model.safetensors").write_bytes(b"no weights")
    config = Training(base=Base(model=str(copy)), dataset=Rows(path="d"))

    with pytest.raises(ConfigError, match=r"copy: cannot be loaded"):
        load_model(copy, config)


def test_code_in_a_model_is_never_run(copy: Path) -> None:
    config = json.loads((copy / "config.json").read_text("utf-8"))
    own = {"model_type": "strange", "auto_map": {"AutoConfig": "code.Config", "AutoModelForCausalLM": "code.Model"}}
    (copy / "config.json").write_text(json.dumps(config | own), "utf-8")
    marker = copy / "ran"
    (copy / "code.py").write_text(f"from pathlib import Path\nPath({str(marker)!r}).touch()\n", "utf-8")

    with pytest.raises(ConfigError, match="cannot be loaded"):
        load_model(copy, Training(base=Base(model=str(copy)), dataset=Rows(path="d")))

    assert not marker.exists()


def test_a_base_says_how_many_tokens_it_can_place() -> None:
    assert positions(POCKET) == 2048


def test_a_tokenizer_without_a_template_is_refused(copy: Path) -> None:
    (copy / "chat_template.jinja").unlink()

    with pytest.raises(ConfigError, match="no chat template"):
        load_tokenizer(copy)


def test_a_tokenizer_without_an_end_token_is_refused(copy: Path) -> None:
    path = copy / "tokenizer_config.json"
    path.write_text(json.dumps(json.loads(path.read_text("utf-8")) | {"eos_token": None}), "utf-8")

    with pytest.raises(ConfigError, match="no end-of-sequence token"):
        load_tokenizer(copy)
