"""Name on the prompt of a row the number of steps its chain has, as it is asked for."""

import pyarrow as pa

from data.columns import CONTROL_VALUE, PROMPT, QUESTION
from data.prompts.turns import with_wishes
from data.prompts.wording import in_steps
from data.spec import spec
from data.table import values, with_column
from stages.stage import Stage


@spec
class NameSteps(Stage):
    """Put the wish for so many steps into each prompt, to the byte as `AskSteps` does; `AsTrainingRows` comes after."""

    reads = (PROMPT, QUESTION, CONTROL_VALUE)
    writes = (PROMPT,)

    def __call__(self, rows: pa.Table) -> pa.Table:
        columns = (values(rows, field) for field in self.reads)
        prompts = [
            with_wishes(prompt, question, [in_steps(int(steps))])
            for prompt, question, steps in zip(*columns, strict=True)
        ]
        return with_column(rows, PROMPT, prompts)
