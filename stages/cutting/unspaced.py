"""Writing that puts no blanks between words: Chinese, kana, Hangul, Thai. Each of its characters is a unit."""

SIGNS = (
    "\u3005-\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"  # Chinese
    "\u3041-\u3096\u309d-\u309f\u30a1-\u30fa\u30fc-\u30ff\u31f0-\u31ff\uff66-\uff9d"  # kana
    "\u1100-\u11ff\u3130-\u318f\ua960-\ua97f\uac00-\ud7ff"  # Hangul
    "\u0e01-\u0e30\u0e32\u0e33\u0e40-\u0e46"  # Thai
)
"""For a character class: what begins such a unit."""
MARKS = "\u3099\u309a\uff9e\uff9f\u0e31\u0e34-\u0e3a\u0e47-\u0e4e"
"""For a character class: what hangs on the character before it."""
