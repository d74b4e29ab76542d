"""A row that cannot be trained as it is, and why."""


class Unfit(Exception):
    """Why a row is left out: a reason that is counted, and what is wrong in words."""

    def __init__(self, reason: str, told: str) -> None:
        super().__init__(told)
        self.reason, self.told = reason, told
