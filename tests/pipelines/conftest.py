import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parent))  # `runs` is shared by the tests of this folder and below
