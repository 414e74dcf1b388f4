"""Usage review (点评): what was used on cases against their DRG peers; a worklist, a verdict, its effect afterwards."""

from spd.reviewing.deciding import decide, get_review, reopen
from spd.reviewing.effect import Effect, Measured, effect
from spd.reviewing.look import Looked, LookedAt, look, month_looked_at
from spd.reviewing.models import CasePhysician, CasePhysicianPast, ReviewAct, Subject, UsageReview, Verdict, verdicts_of
from spd.reviewing.queries import ReviewsSeen, code_of, get_seen, reviews_seen, select_acts

__all__ = [
    "CasePhysician",
    "CasePhysicianPast",
    "Effect",
    "Looked",
    "LookedAt",
    "Measured",
    "ReviewAct",
    "ReviewsSeen",
    "Subject",
    "UsageReview",
    "Verdict",
    "code_of",
    "decide",
    "effect",
    "get_review",
    "get_seen",
    "look",
    "month_looked_at",
    "reopen",
    "reviews_seen",
    "select_acts",
    "verdicts_of",
]
