"""This file is our ZPL drawn by a program nobody here wrote: every symbol reads, at 203 and 300 dpi, the worst too.

The program is `zpl-renderer-js`, which needs Node; `make zpl-renderer` puts it beside the tests.
"""

import base64
import io
import json
import shutil
import subprocess
from datetime import date
from pathlib import Path

import pytest
import zxingcpp
from PIL import Image

from scanners import own
from scanners.labels import SIZES, Label, NoFont, fonts, zpl

HOME = Path(__file__).parents[2] / ".venv" / "zpl"
if shutil.which("node") is None or not (HOME / "node_modules" / "zpl-renderer-js").is_dir():
    pytest.skip("the ZPL renderer is not here: `make zpl-renderer` installs it (needs Node)", allow_module_level=True)
try:
    fonts.find()
except NoFont as missing:
    pytest.skip(str(missing), allow_module_level=True)

SCRIPT = """
const { ready } = require("zpl-renderer-js");
const asked = JSON.parse(require("fs").readFileSync(0, "utf8"));
ready.then(async ({ api }) => {
  const drawn = [];
  for (const one of asked) drawn.push(await api.zplToBase64Async(one.zpl, one.width, one.height, one.dots));
  process.stdout.write(JSON.stringify(drawn), () => process.exit(0));
});
"""
NAME = "冠状动脉药物洗脱支架系统（钴铬合金雷帕霉素洗脱快速交换型输送）"
LOT, SERIAL = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123", "SN345678901234567890"
GS1 = "(01)06901234567892(17)280930(10)ABCDEFGHIJ\\(LMNOPQRST(21)12345678901234567890"
LABELS = {
    "worst": (
        Label(code=own.make("unit", 2**60 - 1), title_zh="高值耗材", title_en="High-value item", name=NAME,
              name_en="Coronary drug-eluting stent system", specification="3.0 × 24 mm", quantity="1 套", lot=LOT,
              serial=SERIAL, expires_on=date(2028, 9, 30), ward="心血管内科 CCU", reprint=2),
        "50x30", own.make("unit", 2**60 - 1),
    ),
    "gs1": (
        Label(code=GS1, carrier="gs1-datamatrix", name=NAME, expires_on=date(2028, 9, 30)), "60x40",
        "01069012345678921728093010ABCDEFGHIJ(LMNOPQRST\x1d2112345678901234567890",
    ),
    "qr": (Label(code="https://id.gs1.org/01/06901234567892/21/SN7", carrier="qr", name="试剂"), "50x30",
           "https://id.gs1.org/01/06901234567892/21/SN7"),
    "bars": (Label(code=own.make("location", 7), carrier="code128", title_zh="货位", name="中心库 A-03"), "70x40",
             own.make("location", 7)),
    "wristband": (Label(code=own.make("wristband", 9), title_zh="腕带", name="张*三", ward="心内科"), "wristband",
                  own.make("wristband", 9)),
}  # fmt: skip
DOTS = {203: 8, 300: 12}  # to the millimetre, as printers are sold


@pytest.fixture(scope="module")
def drawn(tmp_path_factory):
    asked, keys = [], []
    for dpi, dots in DOTS.items():
        for name, (label, size, _) in LABELS.items():
            face = SIZES[size]
            asked.append({"zpl": zpl(label, face, dpi=dpi), "width": face.width, "height": face.height, "dots": dots})
            keys.append((name, dpi))
    done = subprocess.run(["node", "-e", SCRIPT], input=json.dumps(asked), capture_output=True, text=True, cwd=HOME,
                          timeout=120, check=True)  # fmt: skip
    pictures = [Image.open(io.BytesIO(base64.b64decode(one))).convert("L") for one in json.loads(done.stdout)]
    return dict(zip(keys, pictures, strict=True))


@pytest.mark.parametrize("dpi", DOTS)
@pytest.mark.parametrize("name", LABELS)
def test_what_another_program_draws_of_our_zpl_reads(drawn, name, dpi):
    found = [one.bytes.decode() for one in zxingcpp.read_barcodes(drawn[name, dpi])]
    assert found == [LABELS[name][2]]


@pytest.mark.parametrize("dpi", DOTS)
def test_no_mark_touches_the_edge(drawn, dpi):
    picture = drawn["worst", dpi]
    left, top, right, bottom = picture.point(lambda grey: 255 if grey < 128 else 0).getbbox()
    assert min(left, top, picture.width - right, picture.height - bottom) > 0
