"""What happens in theatre: loaner sets come, are used, and go; what was put into a patient is on record for ever."""

from spd.theatre.loaner_in import CountedIn, count_in
from spd.theatre.loaner_list import ListedLine, SetListed, list_set
from spd.theatre.loaner_out import CountedOut, SetEnding, close, count_out, withdraw
from spd.theatre.pieces import Counted
from spd.theatre.refusals import WitnessMissing

__all__ = [
    "Counted",
    "CountedIn",
    "CountedOut",
    "ListedLine",
    "SetEnding",
    "SetListed",
    "WitnessMissing",
    "close",
    "count_in",
    "count_out",
    "list_set",
    "withdraw",
]
