import pickle
from pathlib import Path
from typing import Annotated

import pytest

from data.errors import ConfigError
from data.spec import LATER, PLACE, fingerprint, identity, load, spec


@spec
class Inner:
    size: int = 3


@spec
class Outer:
    name: str
    inner: Inner = Inner()
    ratios: tuple[float, ...] = (1.0, 0.5)
    folder: Annotated[str, PLACE] = "anywhere"


@spec
class Longer(Inner):
    colour: Annotated[str, LATER] = "grey"


def write(path: Path, text: str) -> Path:
    path.write_text(text, "utf-8")
    return path


def test_reads_lists_into_tuples_and_nested_specs(tmp_path: Path) -> None:
    outer = load(Outer, write(tmp_path / "run.yaml", "name: a\nratios: [0.9, 1]\ninner: {size: 5}\n"))

    assert outer == Outer(name="a", ratios=(0.9, 1.0), inner=Inner(size=5))


def test_names_every_fault_at_once(tmp_path: Path) -> None:
    path = write(tmp_path / "run.yaml", "nmae: a\ninner: {size: large}\nratios: 1\n")

    with pytest.raises(ConfigError) as caught:
        load(Outer, path)

    told = "\n".join(caught.value.faults)
    assert all(field in told for field in ("nmae", "name", "inner.size", "ratios"))
    assert all(fault.startswith(str(path)) for fault in caught.value.faults)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("name: &x a\nfolder: *x\n", "aliases"),
        ("name: a\nname: b\n", "more than once"),
        ("name: !!python/object/apply:os.system [true]\n", "plain YAML"),
        ("name: [a\n", "plain YAML"),
        ("name: !!timestamp 2026-01-01\n", "plain YAML"),
        ("- a\n- b\n", "the file"),
        ("", "the file"),
    ],
)
def test_refuses_what_is_not_a_plain_mapping(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        load(Outer, write(tmp_path / "run.yaml", text))


def test_refuses_a_missing_a_huge_and_a_binary_file(tmp_path: Path) -> None:
    (tmp_path / "binary").write_bytes(b"name: \xff\xfe")
    write(tmp_path / "huge", "name: a #" + "x" * (1 << 20))

    for name, said in (("none", "no such file"), ("huge", "over"), ("binary", "not UTF-8")):
        with pytest.raises(ConfigError, match=said):
            load(Outer, tmp_path / name)


def test_place_bears_no_identity_and_everything_else_does() -> None:
    plain = Outer(name="a")

    assert fingerprint(plain) == fingerprint(Outer(name="a", folder="elsewhere"))
    assert fingerprint(plain) != fingerprint(Outer(name="b"))
    assert fingerprint(plain) != fingerprint(Outer(name="a", inner=Inner(size=4)))


def test_identity_names_the_classes() -> None:
    assert identity(Outer(name="a"))["inner"] == {"is": "Inner", "size": 3}


def test_a_value_without_identity_is_refused() -> None:
    with pytest.raises(TypeError, match="has no identity"):
        identity({"when": object()})


def test_a_spec_survives_the_way_to_a_worker() -> None:
    outer = Outer(name="a", inner=Inner(size=9))

    assert pickle.loads(pickle.dumps(outer)) == outer  # noqa: S301 what was pickled the line before is trusted


@pytest.mark.parametrize("value", [".inf", "-.inf", ".nan", "1.0e+400"])
def test_a_number_that_is_none_is_one_clear_error(tmp_path: Path, value: str) -> None:
    path = tmp_path / "run.yaml"
    path.write_text(f"name: a\nratios: [{value}]\n")

    with pytest.raises(ConfigError, match=r"ratios.0: Input should be a finite number"):
        load(Outer, path)


def test_a_date_is_the_text_that_it_is(tmp_path: Path) -> None:
    path = tmp_path / "run.yaml"
    path.write_text("name: 2024-10-21\n")

    assert load(Outer, path).name == "2024-10-21"


def test_a_file_of_more_keys_than_a_person_writes_is_refused_at_once(tmp_path: Path) -> None:
    path = tmp_path / "run.yaml"
    path.write_text("".join(f"k{n}: 1\n" for n in range(12_000)))

    with pytest.raises(ConfigError, match=r"more than 20,000 keys and values; a run file is a page of YAML"):
        load(Inner, path)


def test_a_field_that_came_later_bears_identity_only_where_it_is_set() -> None:
    assert identity(Longer(size=4)) == {"is": "Longer", "size": 4}
    assert identity(Longer(size=4, colour="red")) == {"is": "Longer", "size": 4, "colour": "red"}
