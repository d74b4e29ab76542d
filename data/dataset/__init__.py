"""The emitted dataset: splits, digests, the folder that is written, its card, and the Hub it is pushed to."""
