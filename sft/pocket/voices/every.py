"""Every task's voice, in the open."""

from collections.abc import Mapping

from sft.pocket.voices.addition import AdditionVoice
from sft.pocket.voices.algebra import AlgebraVoice
from sft.pocket.voices.directions import DirectionsVoice
from sft.pocket.voices.voice import Voice
from sft.pocket.voices.word_problems import WordProblemVoice

VOICES: Mapping[str, Voice] = {
    "addition": AdditionVoice(),
    "algebra": AlgebraVoice(),
    "directions": DirectionsVoice(),
    "word_problems": WordProblemVoice(),
}
"""The voices by the name of their task."""
