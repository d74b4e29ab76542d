import pytest

from data.dataset.plain_text import fenced, link, plain, visible


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("<script>alert(1)</script>", r"&lt;script&gt;alert\(1\)&lt;/script&gt;"),
        ("![x](http://evil)", r"\!\[x\]\(http\://evil\)"),
        ("a | b\n# c", r"a \| b \# c"),
        ("www.evil.com", r"www\.evil.com"),
        ("\x1b[31mred\x1b[0m", r"\[31mred\[0m"),
        ("abc\u202edef\u2066\u200b", "abcdef"),
        ("[x]: y `z` &lt;", r"\[x\]\: y \`z\` &amp;lt;"),
    ],
)
def test_text_is_shown_and_never_obeyed(text: str, shown: str) -> None:
    assert plain(text) == shown


def test_long_text_is_cut() -> None:
    assert len(plain("x" * 10_000)) < 600


def test_only_a_plain_https_address_is_a_link() -> None:
    assert link("C3oT", "https://arxiv.org/abs/2412.11664") == "[C3oT](https://arxiv.org/abs/2412.11664)"
    assert "](" not in link("C3oT", "javascript:alert(1)")
    assert "](" not in link("C3oT", "https://x) [y](http://z")


def test_nothing_in_a_block_ends_it() -> None:
    block = fenced("a: ```\n````\n<b>\x07\u202e", "yaml")

    assert block == "`````yaml\na: ```\n````\n<b>\n`````"


def test_invisible_characters_are_taken_out_but_those_kept() -> None:
    assert visible("a\tb\x00c\nd", keep="\n") == "ab" + "c\nd"
