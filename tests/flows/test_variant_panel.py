from flows.views.variant_panel import LEFT_OUT, cut, marked

TEXT = "First add 3 and 4."
SPANS = [0, 5, 9, 11, 15, 18]


def test_kept_and_left_out_are_told_apart_by_style() -> None:
    text = marked(TEXT, SPANS, coloured=True)

    assert text.plain == TEXT
    assert [TEXT[span.start : span.end] for span in text.spans if span.style == LEFT_OUT] == [" add", " and"]
    assert [TEXT[span.start : span.end] for span in text.spans if span.style == "bold"] == ["First", " 3", " 4."]


def test_without_colours_what_is_left_out_stands_in_brackets() -> None:
    assert marked(TEXT, SPANS, coloured=False).plain == "First⟨ add⟩ 3⟨ and⟩ 4."


def test_control_characters_of_a_model_do_not_reach_the_terminal() -> None:
    assert "\x1b" not in marked("\x1b[31mred", [0, 5], coloured=True).plain


def test_a_long_text_is_cut_and_says_by_how_much() -> None:
    assert cut("a\nb\nc", 2) == "a\nb\n... 1 more lines (--lines 0 shows all)"
    assert cut("a\nb\nc", 0) == "a\nb\nc"
