from pathlib import Path

from transformers import AutoTokenizer

from benchmarks.llmlingua_package import NAMES, named
from benchmarks.score_tokens import POCKET


def test_the_copy_reads_a_text_alike_and_names_its_special_tokens_as_mbert_does(tmp_path: Path) -> None:
    own = AutoTokenizer.from_pretrained(POCKET)
    copy = AutoTokenizer.from_pretrained(named(POCKET, tmp_path / "bert-base-multilingual-cased"))

    assert copy("So 3 + 4 = 7.")["input_ids"] == own("So 3 + 4 = 7.")["input_ids"]
    for ours, wanted in NAMES.items():
        assert copy.convert_tokens_to_ids(wanted) == own.convert_tokens_to_ids(ours)
