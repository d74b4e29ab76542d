import pytest

from stages.rewriting.standards.preambles import cleared, presents

WORK = "15 + 8 = 23, so he has 23. Then 23 - 3 = 20."
SOURCE = "Tom has 15 coins, finds 8 and loses 3. How many? First we add, then subtract. The shorter side is left."

PREAMBLES = [
    "Sure! Here's the condensed solution:\n",
    "Here is a concise solution. ",
    "Shortened:\n",
    "Here's a shorter take: ",
    "Certainly! Here is the shortened reasoning:\n\n",
    "**Condensed reasoning:**\n",
    "### Concise Solution\n\n",
    "TL;DR: ",
    "Sure.\n",
    "Okay, here's a version with fewer words, rewritten:\n",
    "I've rewritten it more briefly:\n",
    "Here is the solution in 2 steps:\n",
    "Below is the compressed chain of thought.\n\n",
    "Solution:\n",
    "¡Claro! Aquí tienes la versión abreviada:\n",
    "Bien sûr ! Voici la version condensée :\n",
    "Natürlich! Hier ist die gekürzte Lösung:\n",
    "Gekürzt: ",
    "Certo! Ecco la soluzione in breve:\n",
    "Claro! Aqui está a solução resumida:\n",
    "Hier is de verkorte versie:\n",
    "好的，以下是精简后的解答：\n",
    "精简版：",
    "もちろんです。簡潔な解答は次の通りです。\n",
    "물론입니다! 다음은 간결한 풀이입니다:\n",
    "Конечно! Вот сокращённое решение:\n",
    "Oczywiście! Oto skrócone rozwiązanie:\n",
    "Elbette! İşte kısaltılmış çözüm:\n",
    "Chắc chắn rồi! Đây là lời giải ngắn gọn:\n",
    "Tentu! Berikut solusi singkat:\n",
    "بالتأكيد! إليك الحل المختصر:\n",
    "ज़रूर! यहाँ संक्षिप्त समाधान है:\n",
]
NOTES = [
    "\n\nNote: I removed the restatement of the problem.",
    "\n\n(I removed the check.)",
    "\nLet me know if you need anything else!",
    "\n\nI hope this helps!",
    "\n\nThis version removes redundant steps.",
    "\n\n*Note: I have kept all numbers and steps intact. The wording is tighter.*",
    "\n\nWould you like it shorter still?",
    "\n\n---\nWord count: 14",
    "\n\nAbout 40% shorter than the original.",
    " Removed: restatement, filler.",
    "\n\nNota: he eliminado los pasos redundantes.",
    "\n\nRemarque : j'ai supprimé la vérification.",
    "\n\nHinweis: Ich habe die Probe weggelassen.",
    "\n\nLass mich wissen, ob es passt.",
    "\n\n注：我删除了重复的检查。",
    "\n\n希望这对你有帮助！",
    "\n\n不要な部分を削除しました。",
    "\n\n도움이 되셨길 바랍니다!",
    "\n\nДайте знать, если нужно больше.",
]
REASONING = [
    "First, we add the coins: 15 + 8 = 23.",
    "We need the total:\n15 + 8 = 23",
    "Note: 5 is prime, so 2 does not divide it.",
    "Let x be the shorter side. Then x = 5.",
    "Here is the shorter side: 5.",
    "Step 1: add.\nStep 2: subtract.",
    "In short, 20 remain.",
    "Simplify the fraction:\n3/6 = 1/2",
    "I kept 3 of the 8.",
    "Thus, we rewrite the equation as x = 5.",
]


@pytest.mark.parametrize("preamble", PREAMBLES)
def test_a_preamble_is_taken_off(preamble: str) -> None:
    assert cleared(preamble + WORK, SOURCE).text == WORK
    assert cleared(preamble + WORK, SOURCE).preamble == preamble


@pytest.mark.parametrize("note", NOTES)
def test_a_late_note_is_taken_off(note: str) -> None:
    assert cleared(WORK + note, SOURCE).text.rstrip(" -\n") == WORK
    assert cleared(WORK + note, SOURCE).note


@pytest.mark.parametrize("sentence", REASONING)
def test_reasoning_stays_whole_at_either_end(sentence: str) -> None:
    assert cleared(f"{sentence}\n{WORK}", SOURCE).text == f"{sentence}\n{WORK}"
    assert cleared(f"{WORK}\n{sentence}", SOURCE).text == f"{WORK}\n{sentence}"
    assert presents(f"{WORK}\n{sentence}\n{WORK}", SOURCE) is None


def test_a_preamble_in_the_middle_cannot_be_told_from_the_reasoning() -> None:
    assert presents(f"{WORK}\nHere is the shorter version:\n{WORK}", "") == "Here is the shorter version:\n"
    assert cleared(f"{WORK}\nHere is the shorter version:\n{WORK}", "").text.count(WORK) == 2


def test_a_note_with_work_behind_it_stays_for_the_judge() -> None:
    text = f"{WORK}\nI removed the check.\n20 + 3 = 23."

    assert cleared(text, SOURCE).text == text
    assert presents(text, SOURCE) == "I removed the check.\n"


def test_people_and_models_who_solve_are_not_taken_for_rewriters(shared_solutions: list[tuple[str, str]]) -> None:
    changed = [text for question, text in shared_solutions if cleared(text, question).text != text]

    assert changed == []


@pytest.mark.timeout(60)
@pytest.mark.parametrize("piece", ["\n", "Sure! ", "here is ", "I have ", ":", "*", "short ", "。", "ich habe ", "(* "])
def test_remarks_are_looked_for_in_a_time_that_grows_with_the_text(piece: str) -> None:
    text = piece * (50_000 // len(piece))

    assert cleared(text, "a").text in text
    assert presents(text, text) is None
