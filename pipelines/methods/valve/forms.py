"""Every form there is; a new one is a class in a file beside this and a member of the union."""

from typing import Annotated

from pydantic import Field

from pipelines.methods.valve.given import Difference, Existing, Models
from pipelines.methods.valve.trained import Mixture, Solutions, Update

AnyForm = Annotated[Update | Mixture | Solutions | Difference | Existing | Models, Field(discriminator="kind")]
"""The `along` of a run file, told apart by `kind`."""
