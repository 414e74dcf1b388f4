"""What happens in theatre: loaner sets come, are used, and go; what was put into a patient is on record for ever."""

from spd.theatre.loaner_in import CountedIn, count_in
from spd.theatre.loaner_list import ListedLine, SetListed, list_set
from spd.theatre.loaner_out import CountedOut, SetEnding, close, count_out, refuse_foreign, withdraw
from spd.theatre.pieces import Counted, listed_by_scan
from spd.theatre.refusals import NothingCounted, WitnessMissing

__all__ = [
    "Counted",
    "CountedIn",
    "CountedOut",
    "ListedLine",
    "NothingCounted",
    "SetEnding",
    "SetListed",
    "WitnessMissing",
    "close",
    "count_in",
    "count_out",
    "list_set",
    "listed_by_scan",
    "refuse_foreign",
    "withdraw",
]
