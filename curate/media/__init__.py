"""Videos and images: probing them and taking frames out of them, in worker processes.

    with Pool(workers=2, time_limit_s=60) as pool:
        for path, result in pool.probe(paths):
            ...

`result` is a `Probe`, or the `MediaError` that says why there is none.
"""

from curate.media.pool import Pool
from curate.media.results import Probe, Request, Sampled

__all__ = ["Pool", "Probe", "Request", "Sampled"]
