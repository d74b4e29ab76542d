"""Word problems in words: what happens, the equation for it, and how many there are then."""

from data.tasks.task import TaskProblem
from data.tasks.word_problems import chain, happenings


class WordProblemVoice:
    """Words the count."""

    def opening(self, problem: TaskProblem) -> list[str]:
        _, operations, _ = happenings(problem.question)
        first = problem.question.partition(".")[0]
        return [f"Let me follow this step by step, {len(operations)} things happen.", f"At first {first}."]

    def elaborate(self, problem: TaskProblem) -> list[str]:
        _, _, sentences = happenings(problem.question)
        lines = []
        for sentence, step in zip(sentences, problem.steps, strict=True):
            told, result = sentence.rstrip("."), step.rstrip(".").partition(" = ")[2]
            lines.append(f"{told}, so {step.rstrip('.')}. Now there are {result}.")
        return lines

    def recheck(self, problem: TaskProblem) -> str:
        return ", ".join(step.rstrip(".") for step in problem.steps)

    def concise(self, problem: TaskProblem) -> str:
        return f"{self.recheck(problem)}."

    def terse(self, problem: TaskProblem) -> str:
        start, operations, _ = happenings(problem.question)
        return chain(start, operations, [len(operations)])[0]
