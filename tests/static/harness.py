"""This file is a small app that serves the templates, sheets and scripts with made-up content, without a database.

Run it to look at the pages: `python -m tests.static.harness` (port 8123).
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from time import sleep
from types import SimpleNamespace
from typing import Any

from babel.messages.pofile import read_po
from flask import Flask, g, jsonify, render_template, request, send_from_directory
from jinja2 import ChoiceLoader, FileSystemLoader, StrictUndefined
from werkzeug.serving import make_server

HERE = Path(__file__).parent
API = HERE.parents[1] / "api"
CATALOGUE = API / "i18n" / "zh_Hans" / "LC_MESSAGES" / "messages.po"
CSP = "default-src 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'"


def messages() -> dict[str, str]:
    """The Chinese sentence for each English one."""
    with CATALOGUE.open("rb") as file:
        catalogue = read_po(file, locale="zh_Hans")
    return {
        (m.id[0] if isinstance(m.id, tuple) else m.id): (m.string[0] if isinstance(m.string, tuple) else m.string)
        for m in catalogue
        if m.id and m.string
    }


def create_app(keep_s: int = 0) -> Flask:
    """The app; `keep_s`: how long a browser may keep sheets and scripts."""
    app = Flask("harness", static_folder=str(API / "static"), template_folder=str(API / "templates"))
    app.config.update(SEND_FILE_MAX_AGE_DEFAULT=keep_s, TEMPLATES_AUTO_RELOAD=not keep_s)
    app.jinja_loader = ChoiceLoader([FileSystemLoader(HERE / "pages"), FileSystemLoader(API / "templates")])
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.add_extension("jinja2.ext.i18n")
    chinese = messages()

    def gettext(text: str) -> str:
        return chinese.get(text, text) if g.get("locale") == "zh-Hans" else text

    def ngettext(one: str, many: str, n: int) -> str:
        return chinese.get(one, one) if g.get("locale") == "zh-Hans" else (one if n == 1 else many)

    app.jinja_env.install_gettext_callables(gettext, ngettext, newstyle=True)
    app.jinja_env.filters.update(
        money=lambda value: f"{'-' if value < 0 else ''}¥{abs(Decimal(value)):,.2f}",
        quantity=lambda value: f"{value:,}",
        day=lambda value: value.isoformat(),
        instant=lambda value: value.strftime("%Y-%m-%d %H:%M:%S"),
        until=lambda thing: thing.expires_on.isoformat() if thing.expires_on else "",
        opened=lambda address: address,
    )
    app.before_request(choose_locale)
    app.context_processor(everywhere)
    app.after_request(strict)
    app.add_url_rule("/demo/<path:name>", view_func=demo)
    app.add_url_rule("/language", view_func=heard, methods=["POST"], endpoint="language")
    app.add_url_rule("/<page>", view_func=show, methods=["GET", "POST"])
    app.add_url_rule("/api/scan", view_func=answer, methods=["POST"])
    app.add_url_rule("/api/undo", view_func=undo, methods=["POST"])
    app.add_url_rule("/api/heard", view_func=heard)
    return app


def choose_locale() -> None:
    g.locale = request.args.get("locale", "zh-Hans")


def everywhere() -> dict[str, Any]:
    zh = g.locale == "zh-Hans"
    return {
        "locale": g.locale,
        "zh": zh,
        "csrf_token": lambda: "a-token",
        "person": SimpleNamespace(
            code="n-1", name="王思敏" if zh else "Wang Simin", roles=["nurse"], department_name="心内三"
        ),
        "strip": {
            "user": "王思敏 · 护士" if zh else "Wang Simin · nurse",
            "location": "心内三 · 治疗室" if zh else "Cardiology 3 · treatment room",
            "patient": request.args.get("patient", ""),
            "online": True,
        },
        "today": date(2026, 2, 3),
        "now": datetime(2026, 2, 3, 9, 14, 5, tzinfo=UTC),
        "Decimal": Decimal,
    }


def strict(response: Any) -> Any:
    response.headers["Content-Security-Policy"] = CSP
    return response


def show(page: str) -> str:
    return render_template(f"{page}.html", posted=request.form.get("scan"))


# What the server was told, in the order it was told. The tests read it as the ledger of this app.
HEARD: list[dict[str, Any]] = []


class InFlight:
    """Counts requests being answered at one time, and remembers the most there were."""

    def __init__(self) -> None:
        self.now = self.most = 0

    def __enter__(self) -> None:
        self.now += 1
        self.most = max(self.most, self.now)

    def __exit__(self, *_: object) -> None:
        self.now -= 1


IN_FLIGHT = InFlight()


def answer() -> Any:
    """A verdict by how the code begins.

    X stop, C caution, R repeat, S slow, D a little slow, F fails once, B breaks, anything else is fine.
    """
    said = request.get_json()
    HEARD.append(said)
    with IN_FLIGHT:
        return judge(said)


def judge(said: dict[str, Any]) -> Any:
    code = said["codes"][0]
    if code.startswith("F") and sum(said["request_key"] == other["request_key"] for other in HEARD) == 1:
        return "", 503
    if code[0] in "SD":
        sleep(1.2 if code.startswith("S") else 0.25)
    if code.startswith("B"):
        return "<h1>Internal Server Error</h1>", 500
    if code.startswith("X"):
        return problem("E06", "已过期 2026-01-31", "不可使用。", "放入退货箱。", "stop"), 422
    if code.startswith("C"):
        return jsonify({"class": "caution", "code": "E07", "title": "一次性使用无菌注射器", "what": "近效期 剩 12 天"})
    if code.startswith("R"):
        return problem("E03", "已记录 10:42 王*", "不重复计。", "", "repeat"), 409
    booked = len([one for one in HEARD if one["codes"][0][:1] not in "XRB"])
    return jsonify(
        {"class": "ok", "title": f"冠脉支架 {code}", "what": "有效期、召回已核", "count": booked, "undo": "/api/undo"}
    )


def heard() -> Any:
    return jsonify(HEARD)


def demo(name: str) -> Any:
    return send_from_directory(HERE / "pages", name)


def problem(code: str, title: str, detail: str, do: str, verdict: str) -> Any:
    response = jsonify(
        {"type": f"/problems/{code}", "title": title, "code": code, "detail": detail, "do": do, "verdict": verdict}
    )
    response.content_type = "application/problem+json"
    return response


def undo() -> Any:
    HEARD.append({"undo": True, **request.get_json()})
    return jsonify({"class": "ok", "title": "已撤销", "count": 0})


@contextmanager
def served() -> Iterator[str]:
    """The app on a free port of this machine, for as long as the block lasts."""
    server = make_server("127.0.0.1", 0, create_app(keep_s=600), threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


if __name__ == "__main__":
    create_app().run(port=8123)
