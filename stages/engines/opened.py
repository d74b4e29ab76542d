"""Whether a prompt ends inside a thought: templates of reasoning models open one for the model."""

OPENINGS = (
    "<think>",
    "<thinking>",
    "<reasoning>",
    "<thought>",
    "<seed:think>",
    "<|begin_of_thought|>",
    "[THINK]",
    "◁think▷",
    "<|START_THINKING|>",
)


def opens_thought(rendered: str, prefix: str = "") -> bool:
    """Tell whether a rendered prompt, and the beginning of a reply behind it, end inside a thought.

    Only a mark at the very end counts: a question may speak of marks.
    """
    for mark in OPENINGS:
        close = _closing(mark)
        if rendered.rstrip().endswith(mark):
            return close not in prefix
        if mark in prefix:
            return close not in prefix.rpartition(mark)[2]
    return False


def _closing(mark: str) -> str:
    if mark == "<|begin_of_thought|>":
        return "<|end_of_thought|>"
    if mark == "<|START_THINKING|>":
        return "<|END_THINKING|>"
    if mark.startswith("◁"):
        return "◁/think▷"
    return f"{mark[0]}/{mark[1:]}"
