from tests.sft.conftest import one_thread as one_thread
from tests.sft.conftest import tokenizer as tokenizer
