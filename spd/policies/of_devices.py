"""This file is the policies of scanners that have not passed the test card, by the kind of device they are."""

from __future__ import annotations

from spd.policies.policy import Policy

UNTESTED = "scanner.untested."
"""Before the kind of device: what an untested one may do with suppliers' codes."""
_KINDS = (
    ("handheld", "block", "手持终端", "A handheld"),
    ("cart", "block", "推车终端", "A cart"),
    ("desktop", "block", "台式机扫描枪", "A desktop's scanner"),
    ("phone", "block", "手机摄像头", "A phone"),
    ("other", "block", "报了名但未登记为共用设备的扫描枪", "A scanner with a name that is no shared device"),
    ("unnamed", "block", "没有名称的扫描枪", "A scanner without a name"),
    ("program", "warn", "以令牌访问接口而未报扫描枪名称的程序", "A program with a token that names no scanner"),
)

OF_DEVICES: tuple[Policy, ...] = tuple(
    Policy(
        name=f"{UNTESTED}{kind}",
        default=default,
        choices=("block", "warn"),
        zh=f"{zh}未通过测试卡时, 供应商条码 (批次业务): block 不记账, 仅可扫院内码; warn 提示后记账",
        en=f"{en} that has not passed the test card, where suppliers' codes book lots: block books nothing but our own "
        "labels, warn says so and books",
    )
    for kind, default, zh, en in _KINDS
)
