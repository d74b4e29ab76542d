"""An engine in this process: vLLM on the GPUs or the CPU of this machine."""

from functools import partial
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field

from data.errors import EngineError
from data.spec import PLACE, Positive, spec
from stages.engines.adapters import Adapters
from stages.engines.background import in_background
from stages.engines.engine import Capability, EngineSpec, Running
from stages.engines.guard import Guard
from stages.engines.resident import Resident
from stages.engines.supervised import Supervised
from stages.engines.surroundings import surroundings
from stages.engines.weights import model_revision

GIB = 1 << 30
MIN_BATCH_TOKENS = 2048

QUIET = {
    "VLLM_NO_USAGE_STATS": "1",
    "VLLM_LOGGING_LEVEL": "ERROR",
    "TORCH_CPP_LOG_LEVEL": "ERROR",
    "PYTHONWARNINGS": "ignore",
    "SPT_NOENV": "1",
}
"""What vLLM's processes start with: they tell nobody, say only what went wrong, and let `Guard` see their mark
(vLLM writes a process's title over its environment unless SPT_NOENV is set)."""


@spec
class Local(EngineSpec):
    """A model that vLLM runs here, LoRA adapters included."""

    kind: Literal["local"] = "local"
    model: str
    """A folder with a model in safetensors, or an id on the Hub."""
    revision: str | None = None
    """The commit of a model on the Hub; a folder is known by the digest of its files."""
    dtype: Literal["auto", "bfloat16", "float16", "float32"] = "auto"
    max_model_len: Positive | None = None
    """Most tokens of prompt and reply together; null for what the model was made for."""
    seed: int = 0
    logprobs: bool = False
    """Tell each reply's log-probability; slows a small model down by a fifth."""
    max_loras: Annotated[int, Field(ge=0)] = 0
    """LoRA adapters that may answer at the same time; 0 for none, which is faster."""
    max_lora_rank: Literal[8, 16, 32, 64, 128, 256] = 16
    concurrency: Annotated[Positive, PLACE] = 64
    """Requests in flight at once, per replica; also the most sequences in a batch."""
    replicas: Annotated[Positive, PLACE] = 1
    """Running models side by side, where there is a cluster."""
    tensor_parallel_size: Annotated[Positive, PLACE] = 1
    """GPUs that hold one model together."""
    gpu_memory_utilization: Annotated[float, Field(gt=0, le=1), PLACE] = 0.9
    """Share of a GPU's memory for weights and key-value cache."""
    cpu_kv_cache_gib: Annotated[float, Field(gt=0), PLACE] = 2.0
    """Memory for the key-value cache where there is no GPU."""
    eager: Annotated[bool | None, PLACE] = None
    """Run without compiling the model; null does so where there is no GPU: it starts sooner, and needs no compiler."""
    stall_seconds: Annotated[float, Field(gt=0), PLACE] = 300.0
    """An engine that has given no token for so long, with requests in flight, is restarted."""
    max_restarts: Annotated[int, Field(ge=0), PLACE] = 3

    @property
    def capabilities(self) -> frozenset[Capability]:
        always: frozenset[Capability] = frozenset({"assistant_prefix", "prompt_logprobs", "seed", "top_k", "stream"})
        return always | {"adapter"} if self.max_loras else always

    @property
    def gpus(self) -> int:
        # vLLM knows what it was built for; it takes seconds to import.
        from vllm.platforms import current_platform

        return 0 if current_platform.is_cpu() else self.tensor_parallel_size

    def model_identity(self) -> str:
        return f"{self.model}@{model_revision(self.model, self.revision)}"

    async def start(self) -> Running:
        """Start the model under supervision: it is restarted when it dies or stalls."""
        return Supervised(
            self._start,
            await self._start(),
            max_restarts=self.max_restarts,
            stall_seconds=self.stall_seconds,
        )

    async def _start(self) -> Running:
        revision = model_revision(self.model, self.revision)
        guard = Guard()
        try:
            engine = await in_background(partial(self._launch, guard))
            adapters = Adapters(engine, max_rank=self.max_lora_rank, max_loaded=self.max_loras)
            return Resident(
                engine, guard, model=self.model, revision=revision, adapters=adapters, logprobs=self.logprobs
            )
        except Exception as error:
            guard.release()
            raise EngineError(f"model {self.model!r}: vLLM could not start it: {error}") from error
        except BaseException:
            guard.release()
            raise

    def _launch(self, guard: Guard) -> Any:
        offline = {"HF_HUB_OFFLINE": "1"} if Path(self.model).is_dir() else {}
        with surroundings({**QUIET, **offline, **guard.variables}):
            # vLLM takes seconds to import, reads its settings meanwhile, and is not there without its extra.
            from vllm.engine.arg_utils import AsyncEngineArgs
            from vllm.platforms import current_platform
            from vllm.v1.engine.async_llm import AsyncLLM

            here = self._on_cpu() if current_platform.is_cpu() else self._on_gpu()
            return AsyncLLM.from_engine_args(AsyncEngineArgs(**self._arguments(), **here))

    def _arguments(self) -> dict[str, Any]:
        """Return vLLM's settings that are the same wherever it runs."""
        return {
            "model": self.model,
            "revision": self.revision,
            "tokenizer_revision": self.revision,
            "dtype": self.dtype,
            "max_model_len": self.max_model_len,
            "seed": self.seed,
            "max_num_seqs": self.concurrency,
            "tensor_parallel_size": self.tensor_parallel_size,
            "enable_lora": self.max_loras > 0,
            "max_loras": max(1, self.max_loras),
            "max_lora_rank": self.max_lora_rank,
            "trust_remote_code": False,
            "load_format": "safetensors",
            "use_tqdm_on_load": False,
            "disable_log_stats": True,
            "enable_log_requests": False,
        }

    def _on_gpu(self) -> dict[str, Any]:
        return {"gpu_memory_utilization": self.gpu_memory_utilization, "enforce_eager": bool(self.eager)}

    def _on_cpu(self) -> dict[str, Any]:
        """Return the settings for the CPU.

        Prompts are read whole: a prompt cut in two ends vLLM 0.32 on CPU when requests have seeds ("CPU Generator
        does not use offset").
        """
        from vllm.engine.arg_utils import AsyncEngineArgs

        asked = AsyncEngineArgs(model=self.model, revision=self.revision, max_model_len=self.max_model_len)
        longest = asked.create_model_config().max_model_len
        return {
            "kv_cache_memory_bytes": int(self.cpu_kv_cache_gib * GIB),
            "enforce_eager": self.eager is not False,
            "enable_chunked_prefill": False,
            "max_num_batched_tokens": max(MIN_BATCH_TOKENS, longest),
        }
