"""Every engine, in the open: a new one is an import and a union member."""

from typing import Annotated

from pydantic import Field

from stages.engines.fake import Fake
from stages.engines.local import Local
from stages.engines.remote import Remote

AnyEngine = Annotated[Local | Remote | Fake, Field(discriminator="kind")]
"""The engine of a run file, told apart by `kind`."""
