"""Sharing a solution's steps among fewer lines."""

from random import Random

from data.errors import InputError


def group_sizes(rng: Random, total: int, groups: int) -> list[int]:
    """Share `total` steps among `groups` lines as evenly as can be, the larger shares at random places.

    Raises:
        InputError: there are fewer steps than lines, or no line.
    """
    if not 1 <= groups <= total:
        raise InputError(f"a solution of {total} steps cannot be told in {groups} lines; ask for 1 to {total}")
    small, larger = divmod(total, groups)
    sizes = [small + 1] * larger + [small] * (groups - larger)
    rng.shuffle(sizes)
    return sizes
