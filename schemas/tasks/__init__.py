"""One file a task; see `schemas.task`."""
