"""The names a formula is spelled with: functions, constants, Greek letters and the commands of LaTeX."""

_ANGLES = ("sin", "cos", "tan", "cot", "sec", "csc")
_HYPERBOLIC = ("sinh", "cosh", "tanh", "coth", "sech", "csch")
WAVES = {name: name for name in (*_ANGLES, *_HYPERBOLIC)}
"""Functions of an angle and their hyperbolic twins, each with what `mpmath` calls it."""
INVERSES = {
    **{f"{arc}{name}": f"a{name}" for arc in ("arc", "a") for name in (*_ANGLES, *_HYPERBOLIC)},
    **{f"ar{name}": f"a{name}" for name in _HYPERBOLIC},
}
"""Their inverses (`arcsin`, `asin`, `artanh`)."""
FUNCTIONS = frozenset(
    [*WAVES, *INVERSES, "log", "ln", "lg", "exp", "sqrt", "cbrt", "abs", "floor", "ceil", "sgn", "gamma", "zeta",
     "max", "min", "gcd", "lcm"]
)  # fmt: skip
IN_TEXT = frozenset([*WAVES, *INVERSES, "log", "ln", "exp", "sqrt", "pi", "max", "min"])
r"""What stays a part of the formula where it is set as text (`\text{sin}`, `\operatorname{artanh}`)."""
CONSTANTS = {
    **dict.fromkeys(("infty", "infinity", "Infinity", "inf", "oo"), "inf"),
    **{name: name for name in ("pi", "e", "i")},
}
GREEK = frozenset(
    ["alpha", "beta", "gamma", "delta", "epsilon", "varepsilon", "zeta", "eta", "theta", "vartheta", "iota", "kappa",
     "lambda", "mu", "nu", "xi", "rho", "varrho", "sigma", "tau", "upsilon", "phi", "varphi", "chi", "psi", "omega",
     "Gamma", "Delta", "Theta", "Lambda", "Xi", "Pi", "Sigma", "Upsilon", "Phi", "Psi", "Omega", "ell", "hbar"]
)  # fmt: skip
_SIGNS = frozenset(
    ["frac", "binom", "cdot", "times", "div", "pm", "mp", "infty", "pi", "circ", "lfloor", "rfloor", "lceil", "rceil",
     "bmod", "mod", "ldots"]
)  # fmt: skip
COMMANDS = _SIGNS | (FUNCTIONS - {"gamma", "zeta"}) | GREEK
