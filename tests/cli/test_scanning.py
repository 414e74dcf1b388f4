"""`spd scan parse -` on a great many lines: seconds, with progress to see, and an answer as soon as a line has come."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
import threading
import time
from pathlib import Path

from spd.core import clock

ROOT = Path(__file__).parents[2]
COMMAND = [sys.executable, "-c", "from spd.cli import main; main()", "scan", "parse", "--json", "-"]
LINES = 100_000


def test_a_hundred_thousand_codes_show_progress_and_take_seconds(tmp_path: Path) -> None:
    given = tmp_path / "codes"
    given.write_text("".join(f'"]d201069012345678921728093010L{n}\\u001d21S{n}"\n' for n in range(LINES)))
    ours, theirs = pty.openpty()
    shown: list[bytes] = []

    def watch() -> None:
        while True:
            try:
                shown.append(os.read(ours, 4096))
            except OSError:  # the other end is closed
                return

    watching = threading.Thread(target=watch, daemon=True)
    watching.start()
    began = time.monotonic()
    with given.open("rb") as file, (tmp_path / "out").open("wb") as out:
        done = subprocess.run(COMMAND, stdin=file, stdout=out, stderr=theirs, cwd=ROOT, timeout=120, check=False)
    took = time.monotonic() - began
    os.close(theirs)
    watching.join(5)
    assert done.returncode == 0
    answers = (tmp_path / "out").read_bytes().splitlines()
    assert len(answers) == LINES
    assert json.loads(answers[-1])["serial"] == f"S{LINES - 1}"
    assert b"codes" in b"".join(shown)
    assert took < 40, f"{took:.0f} s"  # five to eight where nothing else runs


def test_a_line_says_what_it_is_in_these_words_and_no_others() -> None:
    done = subprocess.run(COMMAND, input=b"]d2010690123456789210L1\n\xff\n", capture_output=True, cwd=ROOT, check=True)
    words = ["input", "kind", "standard", "valid", "error", "elements", "di", "issuer", "gtin", "lot", "serial",
             "expires_on", "produced_on", "quantity", "unit_of_measure", "sscc", "ambiguous", "alternatives",
             "warnings", "strict_valid"]  # fmt: skip
    assert [list(json.loads(line)) for line in done.stdout.splitlines()] == [words, words]


def test_a_line_is_answered_before_the_next_one_comes() -> None:
    with subprocess.Popen(COMMAND, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT) as asked:
        assert asked.stdin
        assert asked.stdout
        for code in (b"6901234567892", b"(01)06901234567892"):
            asked.stdin.write(code + b"\n")
            asked.stdin.flush()
            assert json.loads(asked.stdout.readline())["gtin"] == "06901234567892"
        asked.stdin.close()


def test_a_year_of_two_digits_is_in_the_century_that_is_nearest() -> None:
    year = clock.now().year + 29
    said = f"]d2010690123456789217{year % 100:02}0930\n".encode()
    done = subprocess.run(COMMAND, input=said, capture_output=True, cwd=ROOT, check=True)
    assert json.loads(done.stdout)["expires_on"] == f"{year}-09-30"
