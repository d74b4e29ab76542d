"""Makes text from datasets, models and people harmless in Markdown: nothing of it is markup, link, HTML or control."""

import re
import unicodedata

MAX_CHARACTERS = 500
"""Longer text is cut: a card is no place for a chain of thought."""

_MARKUP = re.compile(r"([\\`*_\[\]{}()#|~!:@$])")
_HTML = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
_UNSEEN = {"Cc", "Cf", "Co", "Cs", "Cn", "Zl", "Zp"}
_LINK = re.compile(r"https://[A-Za-z0-9.-]+(/[A-Za-z0-9._~/%+-]*)?")


def visible(text: str, keep: str = "") -> str:
    """Return the text without control, bidirectional and other unseen characters, but for those in `keep`."""
    return "".join(c for c in text if c in keep or unicodedata.category(c) not in _UNSEEN)


def plain(text: str) -> str:
    """Return the text on one line as Markdown that shows just these characters."""
    line = visible(" ".join(text.split()))
    if len(line) > MAX_CHARACTERS:
        line = line[:MAX_CHARACTERS] + " …"
    safe = _MARKUP.sub(r"\\\1", "".join(_HTML.get(c, c) for c in line))
    # GitHub's Markdown makes links of bare `www.`.
    return re.sub(r"(?i)www\.", lambda found: found[0][:-1] + "\\.", safe)


def link(text: str, url: str | None) -> str:
    """Return `text` linked to a plain https address; any other address is shown as text."""
    if url is None:
        return plain(text)
    return f"[{plain(text)}]({url})" if _LINK.fullmatch(url) else f"{plain(text)}: {plain(url)}"


def fenced(text: str, language: str) -> str:
    """Return the text as a code block that nothing in it can end."""
    shown = visible(text.replace("\r\n", "\n"), keep="\n\t").rstrip("\n")
    longest = max((len(run) for run in re.findall(r"`+", shown)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}{language}\n{shown}\n{fence}"
