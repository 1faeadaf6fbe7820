"""`curate`: published video annotation in, datasets for reinforcement learning out."""

from importlib.util import find_spec
from pathlib import Path

__version__ = "0.1.0"


def _guard() -> None:
    """Stop where another package of the same name stands in front of one of ours."""
    home = Path(__file__).resolve().parent.parent
    for name in ("schemas", "builders", "training"):
        spec = find_spec(name)
        found = Path(spec.origin).resolve() if spec and spec.origin else None
        if found is None or found.parent.parent != home:
            raise ImportError(
                f"{name} is {found or 'not there'} and not curate's own in {home}: run the "
                "`curate` command, or python -P, from a folder without packages of these names"
            )


_guard()
