"""The LoRA adapters that requests name, each loaded into the engine once."""

import asyncio
import json
from pathlib import Path
from typing import Any

from stages.engines.engine import RequestFailed
from stages.engines.local.launch import Launched


class Adapters:
    """Loads an adapter on its first use; the same path has the same number for as long as the engine runs."""

    def __init__(self, launched: Launched, *, max_rank: int, max_loaded: int) -> None:
        self._launched = launched
        self._max_rank = max_rank
        self._max_loaded = max_loaded
        self._loaded: dict[str, Any] = {}
        self._loading = asyncio.Lock()

    async def load(self, path: str) -> Any:
        """Return vLLM's handle of the adapter in this folder.

        Raises:
            RequestFailed: `adapter_unusable`; it is loaded before a request meets it, since an adapter that fails
                inside a batch takes the whole engine down.
        """
        if path not in self._loaded:
            async with self._loading:
                if path not in self._loaded:
                    self._loaded[path] = await self._load(path)
        return self._loaded[path]

    async def _load(self, path: str) -> Any:
        # vLLM takes seconds to import, and is not there where only remote engines are used.
        from vllm.lora.request import LoRARequest
        from vllm.v1.engine.exceptions import EngineDeadError

        if fault := self._fault(Path(path)):
            raise RequestFailed("adapter_unusable", fault)
        handle = LoRARequest(lora_name=path, lora_int_id=len(self._loaded) + 1, lora_path=path)
        try:
            await self._launched.engine.add_lora(handle)
        except EngineDeadError:
            raise
        except Exception as error:  # vLLM passes a child's exception on as a bare Exception
            raise RequestFailed("adapter_unusable", f"{path}: {error}") from error
        return handle

    def _fault(self, folder: Path) -> str | None:
        if self._max_loaded == 0:
            return f"{folder}: this engine takes no adapters; set `max_loras`"
        for name in ("adapter_config.json", "adapter_model.safetensors"):
            if not (folder / name).is_file():
                return f"{folder}: there is no {name}"
        rank = json.loads((folder / "adapter_config.json").read_text("utf-8")).get("r")
        if rank > self._max_rank:
            return f"{folder}: rank {rank}; this engine takes up to {self._max_rank}, see `max_lora_rank`"
        return None
