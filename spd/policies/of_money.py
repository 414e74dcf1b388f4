"""This file is the policies of money: invoices, their match, their payment."""

from __future__ import annotations

from spd.policies.policy import Policy

OF_MONEY: tuple[Policy, ...] = (
    Policy(
        name="invoice.tolerance_cents",
        default=10,
        most=100_000,
        zh="发票行与暂估的差额在多少分以内视为完全匹配",
        en="Cents by which a line of an invoice may differ from what was accrued and still match",
    ),
    Policy(
        name="invoice.tolerance_permille",
        default=0,
        most=1000,
        zh="发票行与暂估的差额在千分之几以内视为完全匹配",
        en="Thousandths by which a line of an invoice may differ from what was accrued and still match",
    ),
    Policy(
        name="invoice.payment_days",
        default=90,
        most=1000,
        zh="收到发票后多少天付款",
        en="Days from an invoice's coming in until it falls due",
    ),
    Policy(
        name="invoice.first_number",
        default="off",
        choices=("off", "require"),
        zh="两票制第一票号码: off 可不填, require 必填",
        en="The number of the first of two invoices: off, it may be left out; require, it is needed",
    ),
    Policy(
        name="invoice.people",
        default="three",
        choices=("three", "two"),
        zh="一张发票须经几人: three 录入匹配、入账、付款各一人; two 付款人可为录入匹配人, 但不得为入账人或结算单审核人",
        en="How many people carry an invoice: three, one enters and matches, another books, a third pays; or two, who "
        "entered and matched it may pay it, who booked it or approved its statement may not",
    ),
    Policy(
        name="invoice.unmatch_by",
        default="other",
        choices=("other", "anyone"),
        zh="已入账发票由谁取消匹配: other 须为匹配人以外的人, anyone 不限",
        en="Who takes matches of a booked invoice back: other than who matched it, or anyone",
    ),
    Policy(
        name="accrual.on_invoice",
        default="keep",
        choices=("keep", "reverse", "first_day"),
        zh="暂估: keep 保留, 到票结转差额; reverse 到票时红字冲回; first_day 次月初红字冲回, 到票入账, 月末未到票再估",
        en="What was accrued: keep it and post the difference on the invoice; reverse it in red on the invoice; or "
        "first_day, in red on the first day of the next month, and accrue again at its end what has no invoice",
    ),
    Policy(
        name="charge.without_patient",
        default="high_value",
        choices=("off", "high_value", "all"),
        zh="可收费耗材未记患者即使用, 是否算漏费: off 不算, high_value 仅高值耗材, all 全部",
        en="Whether chargeable things used with no patient named count as used and not charged: off, none; high_value, "
        "those of high value; all",
    ),
    Policy(
        name="expense.items",
        default="implant=implants C01=intervention C02=intervention C07=dental C11=instruments C14=general "
        "C16=general C17=general reagent=laboratory low_value=general *=other",
        rules=r"(?:implant|high_value|low_value|reagent|C[0-9]{2,26}|code:[^\s=]+|\*)"
        "=(?:instruments|implants|intervention|general|dental|other|blood|oxygen|radiology|laboratory)",
        zh="凭证中卫生材料费按材料种类分列的规则, 以空格分隔, 取第一条符合者: 条件=明细。"
        "条件: implant 植入; high_value, low_value, reagent 耗材分类; C.. 医保编码开头; code:.. 品规编码开头; * 其余。"
        "明细: instruments 手术器械, implants 植入, intervention 介入, general 一般, dental 口腔, other 其他, "
        "blood 血费, oxygen 氧气, radiology 放射, laboratory 化验。空: 不分列",
        en="Rules by which vouchers tell medical supplies apart by kind, with blanks between; the first that fits "
        "holds: condition=item. Conditions: implant; high_value, low_value, reagent; C.., how the insurance code "
        "begins; code:.., how the product's code begins; *, all else. Items: instruments, implants, intervention, "
        "general, dental, other, blood, oxygen, radiology, laboratory. Empty: they are not told apart",
    ),
)
