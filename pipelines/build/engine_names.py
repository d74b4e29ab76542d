"""The engines of a run by name: who asks which, and what is named that is not there or there and not named."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from data.errors import ConfigError
from pipelines.build.run_file import Run
from pipelines.methods.method import Method, Setting
from stages.engines.every import AnyEngine


@dataclass(frozen=True)
class EngineNames:
    """The engines that a run file describes, and who names them."""

    own: AnyEngine | None
    """That of `engine`, which has no name."""
    named: Mapping[str, AnyEngine]

    @staticmethod
    def of(run: Run) -> "EngineNames":
        """Return the engines of a run."""
        return EngineNames(run.engine, run.engines)

    @property
    def default(self) -> AnyEngine | None:
        """Return what is asked by whoever names none: `engine`, or the only one there is."""
        (only,) = self.named.values() if len(self.named) == 1 else (None,)
        return self.own or only

    def get(self, asked: AnyEngine | str, who: str) -> AnyEngine:
        """Return the engine of that name, or the one that is given as a block.

        Raises:
            ConfigError: there is none of that name.
        """
        if not isinstance(asked, str):
            return asked
        if asked in self.named:
            return self.named[asked]
        raise ConfigError(f"{who}: there is no engine {asked!r}; `engines` has {sorted(self.named) or 'none'}")

    def placed(self, method: Method, setting: Setting) -> Setting:
        """Return the setting with the engines that a method asks.

        Raises:
            ConfigError: what it names is not there, or it cannot ask several.
        """
        faults: list[str] = []
        for name in method.engine_names:
            try:
                self.get(name, method.called)
            except ConfigError as error:
                faults += error.faults
        if method.teachers and method.engine is not None:
            faults.append(f"{method.called}: both `engine` and `teachers` are given; give one of them")
        if method.teachers and method.one_model:
            faults.append(f"{method.called}: {method.one_model}; give `engine`, not `teachers`")
        if repeated := sorted({name for name in method.teachers if method.teachers.count(name) > 1}):
            faults.append(f"{method.called}: teachers {repeated} are given more than once; give more samples instead")
        chosen = self._chosen(method)
        if chosen is None and len(self.named) > 1 and not setting.imported:
            there = f"there is {sorted(self.named)}; give `engine`, or `teachers` with several of them"
            faults.append(f"{method.called}: it does not say which engine it asks; {there}")
        if faults:
            raise ConfigError(*faults)
        teachers = tuple(self.get(name, method.called) for name in method.teachers)
        return replace(setting, engine=chosen, teachers=teachers, named=self.named)

    def _chosen(self, method: Method) -> AnyEngine | None:
        """Return the engine that a method asks, the first of several."""
        first = next(iter(method.sampled_by), None)
        return self.default if first is None else self.named.get(first, self.default)


def unused_engines(run: Run) -> Iterator[str]:
    """Yield the engines of `engines` that nobody names: a model that was to sample and did not is a mistake."""
    engines = EngineNames.of(run)
    used = {name for method in run.methods for name in method.engine_names}
    if run.judge is not None and isinstance(run.judge.engine, str):
        used.add(run.judge.engine)
    if run.engine is None and len(engines.named) == 1:
        used |= engines.named.keys()
    if unused := sorted(engines.named.keys() - used):
        named = f"the methods (`engine`, `teachers`) and `judge` name {sorted(used) or 'none'}"
        yield f"{run.name}: nobody asks the engines {unused}; {named}; name them, or leave them out"
    if run.engine is not None and run.engines and all(method.engine_names for method in run.methods):
        yield f"{run.name}: nobody asks `engine`, for every method names one of `engines`; leave it out"
