"""This file is a printer that jams, and labels that all come out in the end."""

import socketserver
import threading

import pytest

from scanners import own
from scanners.labels.printer import Jam, print_labels, status_of

FINE = b"\x02030,0,0,0245,000,0,0,0,000,0,0,0\x03\r\n\x02000,0,0,0,0,2,4,0,00000000,1,000\x03\r\n\x021234,0\x03\r\n"
BUSY = FINE.replace(b"0245,000", b"0245,001")
NO_PAPER = FINE.replace(b"030,0,0", b"030,1,0")
PAUSED = FINE.replace(b"030,0,0", b"030,0,1")
LABELS = [f"^XA^FD{own.make('pack', number)}^FS^XZ\n" for number in range(8)]


class Fake(socketserver.ThreadingTCPServer):
    """A printer on this machine. script: what it does at the n-th label it ever gets, instead of printing it."""

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self, script=None):
        super().__init__(("127.0.0.1", 0), Line)
        self.script = script or {}
        self.printed = []
        self.seen = 0
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()

    @property
    def port(self):
        return self.server_address[1]

    def __exit__(self, *trouble):
        self.shutdown()
        super().__exit__(*trouble)


class Line(socketserver.BaseRequestHandler):
    def handle(self):
        heard, answer = b"", FINE
        while part := self.request.recv(4096):
            heard += part
            while b"^XZ\n" in heard:
                text, heard = heard.split(b"^XZ\n", 1)
                self.server.seen += 1
                act = self.server.script.get(self.server.seen)
                if act == "drop":
                    return
                self.server.printed.append(text)
                if act == "drop after":
                    return
                answer = act or FINE
            while b"~HS" in heard:
                heard = heard.replace(b"~HS", b"", 1)
                self.request.sendall(answer)
                answer = FINE if answer == BUSY else answer


def run(fake, first=0):
    done = first
    try:
        for count in print_labels("127.0.0.1", LABELS, port=fake.port, first=first, pause=lambda _: None):
            done = count
    except Jam as jam:
        assert jam.done == done
        return jam
    return done


def test_every_label_is_acknowledged_one_by_one():
    with Fake({3: BUSY}) as fake:
        assert run(fake) == 8
        assert len(fake.printed) == 8


@pytest.mark.parametrize("script", [{4: "drop"}, {4: "drop after"}, {1: "drop"}, {8: "drop after"}])
def test_after_a_dropped_line_the_rest_is_printed_and_none_is_missing(script):
    with Fake(script) as fake:
        jam = run(fake)
        assert jam.done == next(iter(script)) - 1
        assert run(fake, jam.done) == 8
        printed = [text.decode() + "^XZ\n" for text in fake.printed]
        assert sorted(set(printed)) == sorted(LABELS)
        assert len(printed) - len(LABELS) <= 1  # the one in the jam may come twice, and is the same


@pytest.mark.parametrize(("status", "reason"), [(NO_PAPER, "labels are used up"), (PAUSED, "paused")])
def test_trouble_is_named_and_stops_the_run(status, reason):
    with Fake({3: status}) as fake:
        jam = run(fake)
        assert (jam.done, reason in jam.reason_en) == (2, True)
        assert jam.reason_zh


def test_a_printer_that_is_away_has_printed_nothing():
    with Fake() as fake:
        port = fake.port
    with pytest.raises(Jam) as jam:
        list(print_labels("127.0.0.1", LABELS, port=port, timeout_seconds=1))
    assert jam.value.done == 0


def test_a_printer_that_never_finishes_is_given_up():
    with Fake() as fake:
        fake.script = {1: FINE.replace(b"0245,000", b"0245,002")}
        assert run(fake).done == 0


def test_what_is_no_status_is_refused():
    with pytest.raises(ValueError, match="Not a printer's status"):
        status_of(b"hello\x03")
