"""The same work by datatrove's inference runner, as its documentation has it.

python -m benchmarks.load.peer_datatrove BASE_URL problems.jsonl out.jsonl IN_FLIGHT
"""

import json
import sys
from pathlib import Path
from typing import Any

from datatrove.executor import LocalPipelineExecutor
from datatrove.pipeline.inference.run_inference import InferenceConfig, InferenceRunner
from datatrove.pipeline.readers import JsonlReader
from datatrove.pipeline.writers import JsonlWriter


async def ask(document: Any, generate: Any) -> Any:
    """Ask one document's question."""
    return await generate({"messages": [{"role": "user", "content": document.text}], "max_tokens": 8192})


def main(base_url: str, problems: Path, out: Path, in_flight: int) -> None:
    """Run the pipeline and join its chunks."""
    state = out.with_suffix(".datatrove")
    runner = InferenceRunner(
        rollout_fn=ask,
        config=InferenceConfig(
            server_type="endpoint",
            model_name_or_path="mock",
            endpoint_url=base_url.removesuffix("/v1"),
            api_key="none",
            use_chat=True,
            max_concurrent_generations=in_flight,
            metric_interval=600,
        ),
        records_per_chunk=500,
        checkpoints_local_dir=str(state / "checkpoints"),
        output_writer=JsonlWriter(str(state / "out"), output_filename="${rank}_${chunk_index}.jsonl", compression=None),
    )
    reader = JsonlReader(str(problems.parent), glob_pattern=problems.name, text_key="question")
    LocalPipelineExecutor(pipeline=[reader, runner], logging_dir=str(state / "logs"), tasks=1).run()
    with out.open("w") as file:
        for path in sorted((state / "out").glob("*.jsonl")):
            for line in path.read_text().splitlines():
                found = json.loads(line)
                text = found["metadata"]["rollout_results"][0]["text"]
                file.write(json.dumps({"id": found["id"], "reply": text}) + "\n")


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]), int(sys.argv[4]))
