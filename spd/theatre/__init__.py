"""What happens in theatre: loaner sets come, are used, and go; operations are planned, drawn for, and confirmed by two;
what was put into a patient is on record for ever."""

from spd.stock.operation_lines import OperationLine, codes_of, lines_of
from spd.stock.operations import (
    Operation,
    OperationStanding,
    Part,
    Procedure,
    UnknownOperation,
    find_operation,
    get_operation,
)
from spd.theatre.confirming import Signed, confirmed_figures, sign, signatures, valid_signatures
from spd.theatre.loaner_in import CountedIn, count_in
from spd.theatre.loaner_list import ListedLine, SetListed, list_set
from spd.theatre.loaner_out import CountedOut, SetEnding, close, count_out, refuse_foreign, withdraw
from spd.theatre.materials import (
    Going,
    ToDraw,
    ToReturn,
    get_working,
    keep,
    refuse_not_drawn,
    to_draw,
    to_return,
    was_kept,
)
from spd.theatre.operation_refusals import OperationStands, OtherOperation
from spd.theatre.pieces import Counted, listed_by_scan
from spd.theatre.planning import (
    OperationAct,
    OperationChanged,
    OperationPlanned,
    cancel,
    change,
    plan,
    procedures_of,
    read_procedures,
    room_of,
)
from spd.theatre.refusals import NothingCounted, WitnessMissing
from spd.theatre.running import OpeningScanned, end, open_operation, resume
from spd.theatre.sterilising import Load, ToSterilise, fail_lot, sterilise

__all__ = [
    "Counted",
    "CountedIn",
    "CountedOut",
    "Going",
    "ListedLine",
    "Load",
    "NothingCounted",
    "OpeningScanned",
    "Operation",
    "OperationAct",
    "OperationChanged",
    "OperationLine",
    "OperationPlanned",
    "OperationStanding",
    "OperationStands",
    "OtherOperation",
    "Part",
    "Procedure",
    "SetEnding",
    "SetListed",
    "Signed",
    "ToDraw",
    "ToReturn",
    "ToSterilise",
    "UnknownOperation",
    "WitnessMissing",
    "cancel",
    "change",
    "close",
    "codes_of",
    "confirmed_figures",
    "count_in",
    "count_out",
    "end",
    "fail_lot",
    "find_operation",
    "get_operation",
    "get_working",
    "keep",
    "lines_of",
    "list_set",
    "listed_by_scan",
    "open_operation",
    "plan",
    "procedures_of",
    "read_procedures",
    "refuse_foreign",
    "refuse_not_drawn",
    "resume",
    "room_of",
    "sign",
    "signatures",
    "sterilise",
    "to_draw",
    "to_return",
    "valid_signatures",
    "was_kept",
    "withdraw",
]
