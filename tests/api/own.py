"""This file is every address that holds where the grant is: how it is asked, and what another department gets."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any

from werkzeug.test import TestResponse

from tests.api.asking import Caller, label
from tests.api.cardiology import SECRET
from tests.build import SCREW_DI

Asking = Callable[[Caller, dict[str, Any]], TestResponse]
MONTH = "2026-03"
PICTURE = base64.b64encode(b"\xff\xd8\xff a label \xff\xd9").decode()
LENT = (404, "unknown-loaner-set")
OPERATED = (404, "unknown-operation")
COUNTED = {
    "pieces": [{"scan": f"]d201{SCREW_DI}10L1", "quantity": 10}], "second": "S-SECOND", "pin": SECRET,
}  # fmt: skip

# For every address that holds where the grant is: how it is asked for cardiology's, a role, and what surgery gets:
# a refusal, or an answer with nothing of cardiology in it.
OWN: dict[tuple[str, str], tuple[str, Asking, tuple[int, str] | None]] = {
    ("GET", "/api/v1/encounters"): ("nurse", lambda c, t: c.get("/encounters", department="CARD"), None),
    ("GET", "/api/v1/encounters/<path:code>"): ("nurse", lambda c, t: c.get("/encounters/E-1"), (403, "not-allowed")),
    ("GET", "/api/v1/encounters/<path:code>/uses"): (
        "nurse", lambda c, t: c.get("/encounters/E-1/uses"), (403, "not-allowed"),
    ),
    ("GET", "/api/v1/charges/proposed"): (
        "nurse", lambda c, t: c.get("/charges/proposed", encounter="E-1"), (403, "not-allowed"),
    ),
    ("GET", "/api/v1/opened-packs"): ("nurse", lambda c, t: c.get("/opened-packs"), None),
    ("POST", "/api/v1/opened-packs"): (
        "nurse", lambda c, t: c.post("/opened-packs", {"scan": t["pack"]}), (403, "not-your-department"),
    ),
    ("POST", "/api/v1/opened-packs/finish"): (
        "nurse", lambda c, t: c.post("/opened-packs/finish", {"scan": t["opened"]}), (403, "not-your-department"),
    ),
    ("POST", "/api/v1/opened-packs/draws"): (
        "nurse", lambda c, t: c.post(
            "/opened-packs/draws", {"product": "GAUZE", "department": "CARD", "quantity": 1, "encounter": "E-1"}
        ), (403, "not-your-department"),
    ),
    ("POST", "/api/v1/ward-modes"): (
        "head_nurse", lambda c, t: c.post("/ward-modes", {"department": "CARD", "opening": "loose"}),
        (403, "not-allowed"),
    ),
    ("GET", "/api/v1/encounters/<path:code>/implants"): (
        "nurse", lambda c, t: c.get("/encounters/E-1/implants"), (403, "not-allowed"),
    ),
    ("POST", "/api/v1/encounters/<path:code>/plan"): (
        "head_nurse", lambda c, t: c.post("/encounters/E-1/plan", {"reference": "OP-1", "wanted": {"侧别": "左"}}),
        (403, "not-allowed"),
    ),
    ("POST", "/api/v1/encounters/<path:code>/alerts"): (
        "nurse", lambda c, t: c.post("/encounters/E-1/alerts", {"alerts": ["latex"]}), (403, "not-allowed"),
    ),
    ("POST", "/api/v1/label-photos"): (
        "nurse", lambda c, t: c.post("/label-photos", {"movement_id": t["use"], "content": PICTURE}),
        (404, "unknown-implant"),
    ),
    ("GET", "/api/v1/loaner-sets"): ("nurse", lambda c, t: c.get("/loaner-sets"), None),
    ("POST", "/api/v1/loaner-sets"): (
        "nurse", lambda c, t: c.post("/loaner-sets", {
            "name": "x", "supplier": "SUP-STENT", "location": "CARD-W", "representative": "x",
            "lines": [{"product": "SCREW", "lot": "L1"}],
        }), (422, "other-department"),
    ),
    ("GET", "/api/v1/loaner-sets/<path:code>"): ("nurse", lambda c, t: c.get(f"/loaner-sets/{t['lent']}"), LENT),
    ("POST", "/api/v1/loaner-sets/<path:code>/arrival"): (
        "nurse", lambda c, t: c.post(f"/loaner-sets/{t['listed']}/arrival", COUNTED), LENT,
    ),
    ("POST", "/api/v1/loaner-sets/<path:code>/departure"): (
        "nurse", lambda c, t: c.post(f"/loaner-sets/{t['lent']}/departure", COUNTED), LENT,
    ),
    ("POST", "/api/v1/loaner-sets/<path:code>/losses"): (
        "nurse", lambda c, t: c.post(f"/loaner-sets/{t['lent']}/losses", {"item": t["screws"], "quantity": 1}), LENT,
    ),
    ("POST", "/api/v1/loaner-sets/<path:code>/close"): (
        "nurse", lambda c, t: c.post(f"/loaner-sets/{t['empty']}/close", {}), LENT,
    ),
    ("POST", "/api/v1/loaner-sets/<path:code>/withdraw"): (
        "nurse", lambda c, t: c.post(f"/loaner-sets/{t['listed']}/withdraw", {}), LENT,
    ),
    ("GET", "/api/v1/operations"): ("nurse", lambda c, t: c.get("/operations"), None),
    ("POST", "/api/v1/operations"): (
        "nurse", lambda c, t: c.post("/operations", {
            "encounter": "E-2", "room": "CARD-T", "planned_at": "2026-03-03T08:00:00+08:00", "surgeon": "second",
            "nurse": "nurse", "procedures": [{"name": "x"}],
        }), (422, "other-department"),
    ),
    ("POST", "/api/v1/operations/openings"): (
        "nurse", lambda c, t: c.post("/operations/openings", {"operation": "OP-1"}), OPERATED,
    ),
    ("GET", "/api/v1/operations/<path:code>"): ("nurse", lambda c, t: c.get("/operations/OP-1"), OPERATED),
    ("POST", "/api/v1/operations/<path:code>/changes"): (
        "nurse", lambda c, t: c.post("/operations/OP-2/changes", {"surgeon": "second"}), OPERATED,
    ),
    ("POST", "/api/v1/operations/<path:code>/draws"): (
        "nurse", lambda c, t: c.post("/operations/OP-1/draws", {"items": [label(t["fetched"])]}), OPERATED,
    ),
    ("POST", "/api/v1/operations/<path:code>/returns"): (
        "nurse", lambda c, t: c.post("/operations/OP-1/returns", {"items": [label(t["operated"])]}), OPERATED,
    ),
    ("POST", "/api/v1/operations/<path:code>/wastes"): (
        "nurse", lambda c, t: c.post("/operations/OP-1/wastes", {"item": label(t["operated"]), "reason": "damaged"}),
        OPERATED,
    ),
    ("POST", "/api/v1/operations/<path:code>/end"): (
        "nurse", lambda c, t: c.post("/operations/OP-1/end", {}), OPERATED,
    ),
    ("POST", "/api/v1/operations/<path:code>/cancel"): (
        "nurse", lambda c, t: c.post("/operations/OP-3/cancel", {"reason": "x"}), OPERATED,
    ),
    ("POST", "/api/v1/operations/<path:code>/reopen"): (
        "nurse", lambda c, t: c.post("/operations/OP-ENDED/reopen", {"reason": "x"}), OPERATED,
    ),
    ("POST", "/api/v1/operations/<path:code>/signatures"): (
        "nurse", lambda c, t: c.post(
            "/operations/OP-ENDED/signatures", {"part": "surgeon", "badge": "S-SECOND", "pin": SECRET}
        ), OPERATED,
    ),
    ("GET", "/api/v1/unscanned"): ("head_nurse", lambda c, t: c.get("/unscanned"), None),
    ("POST", "/api/v1/unscanned/<int:number>/fix"): (
        "storekeeper", lambda c, t: c.post(f"/unscanned/{t['unscanned']}/fix", {}), (404, "unknown-unscanned"),
    ),
    ("GET", "/api/v1/interceptions"): (
        "head_nurse", lambda c, t: c.get("/interceptions", first_on="2026-03-01", last_on="2026-03-31"), None,
    ),
    ("GET", "/api/v1/interceptions/report"): (
        "head_nurse", lambda c, t: c.get("/interceptions/report", first_on="2026-03-01", last_on="2026-03-31"), None,
    ),
    ("GET", "/api/v1/dispatches"): ("nurse", lambda c, t: c.get("/dispatches"), None),
    ("GET", "/api/v1/dispatches/<path:code>"): (
        "nurse", lambda c, t: c.get(f"/dispatches/{t['seal']}"), (403, "not-allowed"),
    ),
    ("POST", "/api/v1/dispatches/<path:code>/sign"): (
        "nurse", lambda c, t: c.post(f"/dispatches/{t['seal']}/sign", {"location": "CARD-W"}), (403, "not-your-ward"),
    ),
    ("POST", "/api/v1/dispatches"): (
        "head_nurse", lambda c, t: c.post("/dispatches", {"items": [t["carried"]], "to": "STORE"}),
        (422, "other-department"),
    ),
    ("POST", "/api/v1/dispatches/<path:code>/missing"): (
        "nurse", lambda c, t: c.post(f"/dispatches/{t['seal']}/missing"), (403, "not-your-ward"),
    ),
    ("GET", "/api/v1/fixed-quantities"): ("nurse", lambda c, t: c.get("/fixed-quantities"), None),
    ("GET", "/api/v1/fixed-quantities/proposals"): (
        "head_nurse", lambda c, t: c.get("/fixed-quantities/proposals", location="CARD-W"), (403, "not-allowed"),
    ),
    ("GET", "/api/v1/fixed-quantities/what-if"): (
        "head_nurse", lambda c, t: c.get(
            "/fixed-quantities/what-if", location="CARD-W", product="GAUZE", lower=1, upper=2
        ), (403, "not-allowed"),
    ),
    ("POST", "/api/v1/fixed-quantities"): (
        "head_nurse", lambda c, t: c.post("/fixed-quantities", {"levels": [
            {"location": "CARD-W", "product": "STENT", "lower": 1, "upper": 4},
        ]}), (403, "not-allowed"),
    ),
    ("POST", "/api/v1/fixed-quantities/<int:number>/decision"): (
        "head_nurse", lambda c, t: c.post(f"/fixed-quantities/{t['proposal']}/decision", {"approve": True}),
        (403, "not-allowed"),
    ),
    ("GET", "/api/v1/refills"): ("nurse", lambda c, t: c.get("/refills"), None),
    ("POST", "/api/v1/refills"): (
        "nurse", lambda c, t: c.post("/refills", {"location": "CARD-W", "product": "STENT", "packs": 2}),
        (403, "not-your-ward"),
    ),
    ("GET", "/api/v1/refills/shortages"): ("nurse", lambda c, t: c.get("/refills/shortages"), None),
    ("GET", "/api/v1/refills/exchanges"): ("nurse", lambda c, t: c.get("/refills/exchanges"), None),
    ("POST", "/api/v1/refills/exchanges"): (
        "nurse", lambda c, t: c.post("/refills/exchanges", {"item": t["soon"], "back": t["late"]}),
        (422, "other-department"),
    ),
    ("POST", "/api/v1/transfers"): (
        "head_nurse", lambda c, t: c.post("/transfers", {"items": [t["carried"]], "to": "SURG-T"}),
        (422, "other-department"),
    ),
    ("GET", "/api/v1/items"): ("nurse", lambda c, t: c.get("/items", location="CARD-W"), (403, "not-allowed")),
    ("GET", "/api/v1/items/<path:code>"): ("nurse", lambda c, t: c.get(f"/items/{t['pack']}"), (403, "not-allowed")),
    ("GET", "/api/v1/stock"): ("nurse", lambda c, t: c.get("/stock", location="CARD-W"), (403, "not-allowed")),
    ("GET", "/api/v1/stock/views"): (
        "nurse", lambda c, t: c.get("/stock/views", location="CARD-W"), (403, "not-allowed"),
    ),
    ("GET", "/api/v1/stock/slow"): (
        "nurse", lambda c, t: c.get("/stock/slow", location="CARD-W", idle_days=1, cover_days=1),
        (403, "not-allowed"),
    ),
    ("GET", "/api/v1/stock/search"): ("nurse", lambda c, t: c.get("/stock/search", q=t["pack"]), None),
    ("GET", "/api/v1/holds"): ("nurse", lambda c, t: c.get("/holds"), None),
    ("POST", "/api/v1/holds"): (
        "nurse", lambda c, t: c.post("/holds", {"reason": "damaged", "items": [t["pack"]]}),
        (422, "other-department"),
    ),
    ("POST", "/api/v1/holds/release"): (
        "head_nurse", lambda c, t: c.post("/holds/release", {"holds": [t["hold"]], "note": "x"}),
        (404, "unknown-hold"),
    ),
    ("GET", "/api/v1/write-offs"): ("nurse", lambda c, t: c.get("/write-offs"), None),
    ("POST", "/api/v1/write-offs"): (
        "nurse", lambda c, t: c.post("/write-offs", {"lines": [{"scan": t["pack"]}], "reason": "lost"}),
        (422, "other-department"),
    ),
    ("GET", "/api/v1/write-offs/<path:code>"): (
        "nurse", lambda c, t: c.get(f"/write-offs/{t['loss']}"), (404, "unknown-disposal"),
    ),
    ("POST", "/api/v1/write-offs/<path:code>/approve"): (
        "head_nurse", lambda c, t: c.post(f"/write-offs/{t['loss']}/approve", {}), (404, "unknown-disposal"),
    ),
    ("POST", "/api/v1/write-offs/<path:code>/refuse"): (
        "head_nurse", lambda c, t: c.post(f"/write-offs/{t['loss']}/refuse", {"note": "x"}),
        (404, "unknown-disposal"),
    ),
    ("POST", "/api/v1/write-offs/found"): (
        "head_nurse", lambda c, t: c.post("/write-offs/found", {"scan": t["gone"], "note": "x"}),
        (422, "other-department"),
    ),
    ("GET", "/api/v1/returns"): ("head_nurse", lambda c, t: c.get("/returns"), None),
    ("POST", "/api/v1/returns"): (
        "head_nurse", lambda c, t: c.post("/returns", {"lines": [{"scan": t["pack"]}], "reason": "unused"}),
        (422, "other-department"),
    ),
    ("GET", "/api/v1/returns/<path:code>"): (
        "head_nurse", lambda c, t: c.get(f"/returns/{t['back']}"), (404, "unknown-disposal"),
    ),
    ("POST", "/api/v1/returns/<path:code>/sign-out"): (
        "storekeeper", lambda c, t: c.post(f"/returns/{t['back']}/sign-out", {"note": "x"}),
        (404, "unknown-disposal"),
    ),
    ("POST", "/api/v1/returns/<path:code>/cancel"): (
        "head_nurse", lambda c, t: c.post(f"/returns/{t['back']}/cancel", {"note": "x"}),
        (404, "unknown-disposal"),
    ),
    ("GET", "/api/v1/counts"): ("nurse", lambda c, t: c.get("/counts"), None),
    ("GET", "/api/v1/counts/due"): ("nurse", lambda c, t: c.get("/counts/due"), None),
    ("POST", "/api/v1/counts"): (
        "nurse", lambda c, t: c.post("/counts", {"kind": "location", "locations": ["CARD-W"]}), (403, "not-allowed"),
    ),
    ("GET", "/api/v1/counts/<path:code>"): (
        "nurse", lambda c, t: c.get(f"/counts/{t['planned']}"), (403, "not-allowed"),
    ),
    ("POST", "/api/v1/counts/<path:code>/places"): (
        "nurse", lambda c, t: c.post(f"/counts/{t['planned']}/places", {"location": "CARD-W"}), (403, "not-allowed"),
    ),
    ("POST", "/api/v1/counts/<path:code>/lines"): (
        "nurse", lambda c, t: c.post(f"/counts/{t['planned']}/lines", {"location": "CARD-W", "scan": "nothing"}),
        (403, "not-allowed"),
    ),
    ("POST", "/api/v1/counts/<path:code>/recounts"): (
        "nurse", lambda c, t: c.post(f"/counts/{t['review']}/recounts", {"location": "CARD-W", "scan": "nothing"}),
        (403, "not-allowed"),
    ),
    ("POST", "/api/v1/counts/<path:code>/finish"): (
        "nurse", lambda c, t: c.post(f"/counts/{t['on']}/finish"), (403, "not-allowed"),
    ),
    ("GET", "/api/v1/counts/<path:code>/differences"): (
        "head_nurse", lambda c, t: c.get(f"/counts/{t['review']}/differences"), (403, "not-allowed"),
    ),
    ("POST", "/api/v1/counts/<path:code>/reasons"): (
        "head_nurse",
        lambda c, t: c.post(
            f"/counts/{t['review']}/reasons", {"reasons": [{"subject": t["unknown"], "reason": "settled"}]}
        ),
        (403, "not-allowed"),
    ),
    ("POST", "/api/v1/counts/<path:code>/approve"): (
        "head_nurse", lambda c, t: c.post(f"/counts/{t['review']}/approve"), (403, "not-allowed"),
    ),
    ("POST", "/api/v1/counts/<path:code>/close"): (
        "head_nurse", lambda c, t: c.post(f"/counts/{t['approved']}/close"), (403, "not-allowed"),
    ),
    ("POST", "/api/v1/counts/<path:code>/cancel"): (
        "head_nurse", lambda c, t: c.post(f"/counts/{t['planned']}/cancel"), (403, "not-allowed"),
    ),
    ("POST", "/api/v1/uses"): (
        "nurse", lambda c, t: c.post("/uses", {"scan": t["pack"]}), (422, "other-department"),
    ),
    ("GET", "/api/v1/uses"): ("nurse", lambda c, t: c.get("/uses", month=MONTH, department="CARD"), None),
    ("POST", "/api/v1/kit-uses"): (
        "nurse", lambda c, t: c.post("/kit-uses", {"kit": t["kit"]}), (422, "other-department"),
    ),
    ("POST", "/api/v1/emergency-uses/kits"): (
        "nurse", lambda c, t: c.post("/emergency-uses/kits", {"kit": t["kit"]}), (422, "other-department"),
    ),
    ("POST", "/api/v1/reversals"): (
        "nurse", lambda c, t: c.post("/reversals", {"movement_id": t["use"], "reason": "x"}),
        (403, "not-your-department"),
    ),
    ("GET", "/api/v1/trace/<path:code>"): ("nurse", lambda c, t: c.get(f"/trace/{t['stent']}"), (403, "not-allowed")),
    ("GET", "/api/v1/costs/departments"): (
        "head_nurse", lambda c, t: c.get("/costs/departments", month=MONTH, department="CARD"), None,
    ),
    ("GET", "/api/v1/costs/products"): (
        "head_nurse", lambda c, t: c.get("/costs/products", month=MONTH, department="CARD"), None,
    ),
    ("GET", "/api/v1/costs/groups"): (
        "head_nurse", lambda c, t: c.get("/costs/groups", month=MONTH, department="CARD", by="lot"), None,
    ),
    ("GET", "/api/v1/costs/stock"): (
        "head_nurse", lambda c, t: c.get("/costs/stock", month=MONTH, department="CARD"), None,
    ),
    ("GET", "/api/v1/costs/stock/movements"): (
        "head_nurse", lambda c, t: c.get("/costs/stock/movements", month=MONTH, department="CARD"), None,
    ),
    ("GET", "/api/v1/costs/uses"): (
        "head_nurse", lambda c, t: c.get("/costs/uses", month=MONTH, department="CARD"), None,
    ),
    ("GET", "/api/v1/costs/encounters"): ("finance", lambda c, t: c.get("/costs/encounters", month=MONTH), None),
    ("GET", "/api/v1/admissions"): ("head_nurse", lambda c, t: c.get("/admissions"), None),
    ("POST", "/api/v1/admissions"): ("head_nurse", lambda c, t: c.post("/admissions", t["wish"]), (403, "not-allowed")),
    ("GET", "/api/v1/costs/encounters/<path:code>"): ("finance", lambda c, t: c.get("/costs/encounters/E-1"), None),
    ("GET", "/api/v1/reconciliations"): ("head_nurse", lambda c, t: c.get("/reconciliations", month=MONTH), None),
    ("GET", "/api/v1/reconciliations/cases"): ("head_nurse", lambda c, t: c.get("/reconciliations/cases"), None),
    ("GET", "/api/v1/reconciliations/cases/<int:number>"): (
        "head_nurse", lambda c, t: c.get(f"/reconciliations/cases/{t['case']}"), (404, "unknown-case"),
    ),
    ("POST", "/api/v1/reconciliations/cases/<int:number>/take"): (
        "head_nurse", lambda c, t: c.post(f"/reconciliations/cases/{t['case']}/take"), (403, "not-your-case"),
    ),
    ("POST", "/api/v1/reconciliations/cases/<int:number>/resolve"): (
        "head_nurse",
        lambda c, t: c.post(f"/reconciliations/cases/{t['case']}/resolve", {"resolution": "refunded"}),
        (403, "not-your-case"),
    ),
    ("POST", "/api/v1/reconciliations/cases/<int:number>/reopen"): (
        "head_nurse",
        lambda c, t: c.post(f"/reconciliations/cases/{t['settled']}/reopen", {"reason": "not in HIS"}),
        (403, "not-your-case"),
    ),
    ("GET", "/api/v1/recalls/<code>/patients"): (
        "head_nurse", lambda c, t: c.get(f"/recalls/{t['recall']}/patients"), None,
    ),
    ("POST", "/api/v1/recalls/<code>/outreach"): (
        "head_nurse",
        lambda c, t: c.post(f"/recalls/{t['recall']}/outreach", {"patients": ["P-E-1"], "step": "contacted"}),
        (403, "not-allowed"),
    ),
}  # fmt: skip
