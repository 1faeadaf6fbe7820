"""One file an answer type, and the measures they share; see `schemas.reward`."""
