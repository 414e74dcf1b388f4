"""Usage review (点评): what was used on cases against their DRG peers; a worklist, a verdict, its effect afterwards."""

from spd.reviewing.deciding import decide, get_review, reopen
from spd.reviewing.effect import Effect, effect
from spd.reviewing.look import Looked, LookedAt, look
from spd.reviewing.models import CasePhysician, ReviewAct, Subject, UsageReview, Verdict, verdicts_of
from spd.reviewing.queries import select_acts, select_reviews

__all__ = [
    "CasePhysician",
    "Effect",
    "Looked",
    "LookedAt",
    "ReviewAct",
    "Subject",
    "UsageReview",
    "Verdict",
    "decide",
    "effect",
    "get_review",
    "look",
    "reopen",
    "select_acts",
    "select_reviews",
    "verdicts_of",
]
