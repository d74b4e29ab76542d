import pytest

from data.errors import ConfigError
from data.prompts.presets import PRESETS
from data.prompts.template import AnyPrompt, Template
from data.spec import identity, parse, spec


@spec
class Block:
    """A run file with a prompt."""

    prompt: AnyPrompt = Template()


def read(text: str) -> Template:
    return parse(Block, text, where="run.yaml").prompt


def test_a_name_alone_is_a_preset() -> None:
    assert read('{"prompt": "boxed_steps"}') == Template(preset="boxed_steps")
    assert read('{"prompt": "boxed_steps"}').turns("Q?") == [
        {"role": "system", "content": "Please reason step by step, and put your final answer within \\boxed{}."},
        {"role": "user", "content": "Q?"},
    ]


def test_own_words_stand_over_the_preset() -> None:
    own = read('{"prompt": {"preset": "boxed_steps", "system": "", "user": "{question} Why?"}}')

    assert own.turns("A?") == [{"role": "user", "content": "A? Why?"}]
    assert read('{"prompt": {"user": "bare", "system": "S"}}').turns("A?")[1] == {"role": "user", "content": "A?"}


def test_braces_of_a_question_and_of_the_text_stand_for_themselves() -> None:
    asked = Template(user="\\boxed{} {x} {question}").turns("{question} {y} \\frac{1}{2}")

    assert asked == [{"role": "user", "content": "\\boxed{} {x} {question} {y} \\frac{1}{2}"}]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('{"prompt": "boxed_step"}', "prompt.preset"),
        ('{"prompt": {"user": "no place"}}', "exactly once"),
        ('{"prompt": {"user": "{question} {question}"}}', "exactly once"),
        ('{"prompt": {"user": "{question} in \\\\boxed{{}}."}}', "not `\\boxed{{}}`"),
        ('{"prompt": {"template_args": {"tokenize": true}}}', "tokenize"),
        ('{"prompt": {"sistem": "x"}}', "sistem"),
    ],
)
def test_what_is_wrong_is_told_with_its_field(text: str, told: str) -> None:
    with pytest.raises(ConfigError) as caught:
        read(text)
    assert told in str(caught.value)


def test_arguments_of_the_template_bear_identity_in_any_order() -> None:
    one = read('{"prompt": {"template_args": {"enable_thinking": false, "reasoning_effort": "low"}}}')
    other = read('{"prompt": {"template_args": {"reasoning_effort": "low", "enable_thinking": false}}}')

    assert identity(one) == identity(other) != identity(Template())
    assert dict(one.template_args) == {"enable_thinking": False, "reasoning_effort": "low"}


def test_every_preset_names_its_source() -> None:
    assert all(preset.source and preset.user.count("{question}") == 1 for preset in PRESETS.values())
