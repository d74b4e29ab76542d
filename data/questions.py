"""What makes two questions the same, whoever wrote them down: it decides the split, and what may be measured on."""

import re
import unicodedata

from data.golds import LETTERS

HEADING = "\n\nOptions:\n"
"""Stands between a question and its options where options are shown with it."""

_OPTION = re.compile(rf"^[{LETTERS}]\) ", re.MULTILINE)


def normalised(question: str) -> str:
    """Return what two spellings of one question share: letters of one case and form, blanks taken as one.

    Options that are shown with it count in any order, for the same question may be shown with them shuffled.
    """
    stem, heading, shown = question.rpartition(HEADING)
    if not heading or not _OPTION.match(shown):
        return _plain(question)
    return "\n".join([_plain(stem), *sorted(_plain(option) for option in _OPTION.split(shown)[1:])])


def _plain(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())
