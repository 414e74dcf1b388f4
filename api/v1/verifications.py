"""This file is /verifications: what the nightly proof of the ledger found."""

from __future__ import annotations

from marshmallow import Schema, fields
from sqlalchemy import select

from api.here import read
from api.noun import Noun
from spd.core.job_runs import JobRun

bp = Noun("verifications", "Nightly proofs of the ledger.")


class VerificationOut(Schema):
    """One run."""

    period = fields.String(metadata={"description": "The hospital day it ran for."})
    started_at = fields.AwareDateTime()
    finished_at = fields.AwareDateTime(allow_none=True)
    outcome = fields.String(metadata={"description": "clean, problems, failed, or empty while it runs."})
    detail = fields.String()


@bp.get("")
@bp.response(200, VerificationOut(many=True))
def listing() -> list[JobRun]:
    """The last thirty runs, newest first."""
    query = select(JobRun).where(JobRun.job == "verify").order_by(JobRun.id.desc()).limit(30)
    return read(lambda session: list(session.scalars(query)))
