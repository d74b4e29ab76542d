"""Whether a model can be asked for a length: the text needs its value, and the adapter must have learned that value.

Outside the values it was trained on a model's control inverts: TokenSkip-tuned models asked for 0.1 think longer than
for 0.5 (measured on the outputs of zsq259/TokenSkip).
"""

from pathlib import Path

from data.conditions import plain_number
from data.errors import ConfigError
from data.store import read_json
from pipelines.measure.run_file import Model
from sft.models.trained import RECORD


def check_condition(model: Model) -> None:
    """Refuse a condition without its value, and a value that the adapter says it was not trained on.

    Raises:
        ConfigError: one of these.
    """
    condition, value = model.condition, model.control_value
    if condition is None:
        if value is not None:
            raise ConfigError(f"control_value is {value}, and there is no `condition` to tell it with")
        return
    if condition.needs_value and value is None:
        raise ConfigError("the condition's text needs a value; give `control_value`")
    if value is None or model.adapter is None or model.allow_extrapolate:
        return
    learned = _controls(Path(model.adapter)).get(condition.control_kind)
    if learned is not None and value not in learned:
        told = ", ".join(plain_number(one) for one in learned)
        raise ConfigError(
            f"control_value {plain_number(value)}: {model.adapter} was trained on {condition.control_kind} {told}; "
            "beyond them control often inverts; ask for one of these, or set `allow_extrapolate: true`"
        )


def _controls(adapter: Path) -> dict[str, list[float]]:
    path = adapter / RECORD
    return dict(read_json(path).get("controls") or {}) if path.is_file() else {}
