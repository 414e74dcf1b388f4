"""This file is the policies of closing: until when a day is signed, what stops a month from being locked."""

from __future__ import annotations

from spd.policies.policy import Policy

_RULES = ("block", "wave", "tell")
_HOW = ("block 不得结账, wave 写明原因可放行, tell 仅提示", "block the lock, wave through with a reason, tell only")


def _check(name: str, default: str, zh: str, en: str) -> Policy:
    return Policy(name=name, default=default, choices=_RULES, zh=f"{zh}: {_HOW[0]}", en=f"{en}: {_HOW[1]}")


OF_CLOSING: tuple[Policy, ...] = (
    Policy(
        name="closing.day_hours",
        default=12,
        most=240,
        zh="日清时限: 一日结束后多少小时内须签认, 逾期记为未日清",
        en="Hours after a day's end within which its departments sign it; after that it is marked as missed",
    ),
    _check("closing.days", "wave", "月结清单: 未日清的科室日", "Closing a month with days that wards have not signed"),
    _check("closing.disputes", "wave", "月结清单: 设备争议未裁定", "Closing a month with open disputes of devices"),
    _check("closing.charges", "wave", "月结清单: HIS 未接收的收费", "Closing a month with charges HIS has not taken"),
    _check(
        "closing.unkept",
        "wave",
        "月结清单: HIS 收费明细未接收或时间窗缺失",
        "Closing a month with charges of HIS that could not be kept or were never sent",
    ),
    _check(
        "closing.differences",
        "wave",
        "月结清单: 使用与收费差异未处理",
        "Closing a month with uses and charges that differ",
    ),
    _check("closing.statements", "wave", "月结清单: 结算单未审核", "Closing a month with statements not approved"),
    _check("closing.invoices", "wave", "月结清单: 发票行未匹配", "Closing a month with lines of invoices not matched"),
    _check("closing.accruals", "tell", "月结清单: 暂估余额", "Closing a month with accruals"),
    _check("closing.step_down", "wave", "月结清单: 未做分摊结转", "Closing a month that was not stepped down"),
    _check("closing.proof", "block", "月结清单: 账务校验未通过或过期", "Closing a month without a clean, fresh proof"),
    Policy(
        name="closing.proof_hours",
        default=26,
        least=1,
        most=1000,
        zh="月结要求账务校验不早于多少小时之前",
        en="Hours that the newest proof of the ledger may be old when a month is locked",
    ),
    Policy(
        name="closing.reopen_hours",
        default=72,
        least=1,
        most=1000,
        zh="反结后最长开放多少小时, 到时自动重新结账",
        en="Hours for which a closed month may be open again at most; then it is locked by itself",
    ),
)
