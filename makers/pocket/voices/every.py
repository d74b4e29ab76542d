"""Every task's voice, in the open."""

from collections.abc import Mapping

from makers.pocket.voices.addition import AdditionVoice
from makers.pocket.voices.algebra import AlgebraVoice
from makers.pocket.voices.directions import DirectionsVoice
from makers.pocket.voices.voice import Voice
from makers.pocket.voices.word_problems import WordProblemVoice

VOICES: Mapping[str, Voice] = {
    "addition": AdditionVoice(),
    "algebra": AlgebraVoice(),
    "directions": DirectionsVoice(),
    "word_problems": WordProblemVoice(),
}
"""The voices by the name of their task."""
