"""This file is the policies of supply: refills, sizing of fixed quantities, orders, signatures."""

from __future__ import annotations

from spd.policies.policy import Policy

OF_SUPPLY: tuple[Policy, ...] = (
    Policy(
        name="budget.warn_percent",
        default=80,
        least=1,
        most=100,
        zh="科室预算用到百分之多少时提醒",
        en="Per cent of a department's budget at which it is warned",
    ),
    Policy(
        name="budget.refill",
        default="block",
        choices=("warn", "block"),
        zh="科室预算用完后补货: warn 仅提醒, block 停止补货直到财务放行 (床旁使用从不受影响)",
        en="Refills of a department over budget: warn, or block until finance lets them through (never the bedside)",
    ),
    Policy(
        name="refill.cover_days",
        default=7,
        least=1,
        most=90,
        zh="定数默认覆盖天数",
        en="Days a fixed quantity covers unless said otherwise",
    ),
    Policy(
        name="refill.fill",
        default="maximum",
        choices=("minimum", "target", "maximum"),
        zh="补货补到: minimum 下限之上一包, target 上下限之间, maximum 上限",
        en="A refill brings a place to: minimum, one pack above the lower limit; target, halfway; maximum, the upper",
    ),
    Policy(
        name="refill.fefo",
        default="warn",
        choices=("warn", "block"),
        zh="拣货时还有更早到期的包: warn 提示, block 不许拣",
        en="Picking a pack while one that expires sooner is there: warn of it, or block it",
    ),
    Policy(
        name="refill.use_days",
        default=28,
        least=1,
        most=366,
        zh="按最近多少天的使用计算可用天数",
        en="Days of use that the days of supply of a place are reckoned from",
    ),
    Policy(
        name="sizing.history_days",
        default=90,
        least=7,
        most=730,
        zh="定数测算所用的历史天数",
        en="Days of use that fixed quantities are reckoned from",
    ),
    Policy(
        name="sizing.lead_hours",
        default=12,
        most=720,
        zh="从补货申请到科室签收的小时数",
        en="Hours from asking for a refill until the ward has signed for it",
    ),
    Policy(
        name="sizing.review_hours",
        default=24,
        least=1,
        most=720,
        zh="两次查看定数的间隔小时数",
        en="Hours from one look at the shelves to the next",
    ),
    Policy(
        name="sizing.service_permille",
        default=[999, 995, 990, 980, 975, 970, 950, 925, 900],
        most=999,
        zh="服务水平千分比: VC VB VA EC EB EA DC DB DA",
        en="Service levels in thousandths: VC VB VA EC EB EA DC DB DA",
    ),
    Policy(
        name="order.approval_value",
        default=0,
        zh="订单金额达到此值(元)须审批, 0 为全部须审批",
        en="Orders from this value in yuan on are approved by another person; 0 is all of them",
    ),
    Policy(
        name="order.history_days",
        default=28,
        least=1,
        most=400,
        zh="订货建议按最近多少天的用量计算",
        en="Days of use that order proposals are reckoned from",
    ),
    Policy(
        name="order.review_days",
        default=7,
        least=1,
        most=90,
        zh="订货周期天数: 每次订货覆盖到下次订货",
        en="Days between orders: what is ordered lasts until the next one",
    ),
    Policy(
        name="order.lead_days",
        default=7,
        most=180,
        zh="协议与历史都没有时, 按多少天到货计算",
        en="Days from order to goods where neither agreement nor past orders say",
    ),
    Policy(
        name="sign.badge_value",
        default=0,
        zh="签收金额超过此值(元)须刷卡并输入密码, 0 为不要求",
        en="Totes worth more than so many yuan are signed with badge and PIN; 0 never asks",
    ),
)
