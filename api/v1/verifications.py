"""This file is /verifications: what proofs of the books found, and one that is asked for now."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields
from sqlalchemy import select

from api import proving
from api.fields import Write
from api.here import occasion, read
from api.noun import Noun
from spd.core.job_runs import JobRun
from spd.core.tasks import Task

bp = Noun("verifications", "Proofs of the books: nightly, and whenever somebody asks.")


class VerificationOut(Schema):
    """One run."""

    period = fields.String(metadata={"description": "The hospital day it ran for, or who asked for it."})
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


class ProofIn(Write):
    """The books are to be proved now."""


class ProofOut(Schema):
    """The proof under way. When it has ended it stands first in the list of verifications."""

    task = fields.Integer(attribute="id")
    done = fields.Integer(metadata={"description": "Parts that are proved."})
    total = fields.Integer(metadata={"description": "Of so many; 0 until it begins."})


@bp.post("")
@bp.arguments(ProofIn)
@bp.response(202, ProofOut)
def prove(said: dict[str, Any]) -> Task:
    """Prove the books in the background; where a proof is under way already, that one. Safe to send again."""
    return proving.begin(occasion(said))
