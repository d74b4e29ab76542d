import os
import subprocess
import sys
from pathlib import Path

import pytest

from pipelines.train.allocator import PRELOAD, SETTINGS, allocator

MAPPED = "from pathlib import Path; print('jemalloc' in Path('/proc/self/maps').read_text())"


@pytest.mark.skipif(not allocator({}), reason="no glibc, or Ray brings no jemalloc for this machine")
def test_a_process_allocates_by_it() -> None:
    environment = {name: value for name, value in os.environ.items() if name not in (PRELOAD, SETTINGS)}

    done = subprocess.run(
        [sys.executable, "-c", MAPPED],
        env=environment | allocator(environment),
        capture_output=True,
        text=True,
        check=True,
    )

    assert (done.stdout, done.stderr) == ("True\n", "")


@pytest.mark.parametrize("name", [PRELOAD, SETTINGS])
def test_what_a_person_has_set_stays(name: str, tmp_path: Path) -> None:
    assert allocator({name: str(tmp_path)}) == {}
