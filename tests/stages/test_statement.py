import pytest

from stages.answers.check import check_answer
from stages.replies.answer_segment import parts_of
from stages.replies.statement import SENTENCES, boxed, language_of, statement


@pytest.mark.parametrize(
    ("answer", "kind", "held"),
    [
        ("$40", None, "40"),
        ("1,200", None, "1200"),
        ("60 mph", None, "60\\text{ mph}"),
        ("**B**", "choice", "B"),
        ("I choose option B because 7 is prime.", "choice", "B"),
        ("\u22125", None, "-5"),
        ("Yes, he can", "boolean", "yes"),
        ("25\\%", None, "25\\%"),
        ("\\frac{1}{2}", None, "\\frac{1}{2}"),
        ("no", None, "no"),
        ("", None, ""),
    ],
)
def test_a_box_holds_the_answer_in_its_plain_spelling(answer: str, kind: str | None, held: str) -> None:
    assert boxed(answer, kind) == held
    assert statement(answer, kind) == f"The final answer is: $\\boxed{{{held}}}$"


@pytest.mark.parametrize(("said", "gold"), [("60 mph", "60 mph"), ("$40", "40"), ("\u22125", "-5"), ("B.", "B")])
def test_the_checker_reads_the_statement_as_the_answer_it_was_made_of(said: str, gold: str) -> None:
    assert check_answer(statement(said), gold).verdict == "correct"


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("First 3 + 4 = 7.", "en"),
        ("", "en"),
        ("小明有3个苹果，又买了4个，所以一共有7个。", "zh"),
        ("りんごが3個と4個で7個です。", "ja"),
        ("사과 세 개와 네 개는 일곱 개입니다.", "ko"),
        ("У Тома 3 яблока и 4 груши.", "ru"),
        ("Primero, Tom tiene 3 manzanas y por la tarde compra 4, es decir que son 7 en la cesta.", "es"),
        ("Il y a 3 pommes et 4 poires, donc une somme de 7 fruits dans le panier.", "fr"),
        ("Er hat 3 Birnen und 4 Nüsse, also sind es 7 und die Summe ist 7.", "de"),
        ("La Rochelle is the city and El Paso is the other.", "en"),
        ("Solve \\(x + y = 3\\) for \\(x\\).", "en"),
    ],
)
def test_an_answer_is_stated_in_the_language_of_the_reply(text: str, language: str) -> None:
    assert language_of(text) == language
    assert statement("7", None, text) == f"{SENTENCES[language]} $\\boxed{{7}}$"


@pytest.mark.parametrize("sentence", SENTENCES.values())
def test_a_statement_is_read_as_one_and_as_its_answer(sentence: str) -> None:
    text = f"3 + 4 = 7.\n\n{sentence} $\\boxed{{7}}$"

    assert parts_of(text, "7").reasoning.rstrip() == "3 + 4 = 7."
    assert check_answer(text, "7").verdict == "correct"


def test_a_long_text_is_told_by_its_beginning() -> None:
    assert language_of("数" * 5_000_000) == "zh"
