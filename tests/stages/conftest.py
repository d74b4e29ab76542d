import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parent))  # `scripted` is shared by the tests of this folder
