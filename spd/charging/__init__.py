"""Charges out: what waits in the outbox, sent until HIS has it, or decided about by people."""
