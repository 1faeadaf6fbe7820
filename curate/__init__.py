"""`curate`: published video annotation in, datasets for reinforcement learning out."""

__version__ = "0.1.0"
