"""What runs by the clock, in the worker's own process: each job once for its period, however many workers there are."""

from spd.jobs.expiring import expire_night, hold_expired
from spd.jobs.nightly import JobFailed, run_once, verify_night
from spd.jobs.proofs import prove
from spd.jobs.worker import work

__all__ = ["JobFailed", "expire_night", "hold_expired", "prove", "run_once", "verify_night", "work"]
