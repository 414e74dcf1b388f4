"""This file is the policies that are declared: each with its default, the values it may take, what it means."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Policy:
    """One policy: its default, the values it may take, what it means."""

    name: str
    default: int | str | bool | list[int]
    zh: str
    en: str
    choices: tuple[str, ...] = ()
    least: int = 0
    most: int = 1_000_000


DECLARED: tuple[Policy, ...] = (
    Policy(
        name="expiry.levels",
        default=[180, 90, 30],
        zh="近效期三级预警天数: 黄、橙、红",
        en="Days of life left at which stock turns yellow, orange, red",
    ),
    Policy(
        name="expiry.receipt_days",
        default=180,
        zh="收货时剩余效期少于此天数给出提示",
        en="Goods received with fewer days of life left are cautioned",
    ),
    Policy(
        name="expiry.receipt_block_days",
        default=0,
        zh="收货时剩余效期少于此天数拒收, 0 为仅拒收过期",
        en="Goods received with fewer days of life left are refused; 0 refuses expired goods only",
    ),
    Policy(
        name="receiving.cold_low_tenths",
        default=20,
        least=-2000,
        most=1000,
        zh="冷链到货最低温度, 十分之一摄氏度; 品规另有规定的从其规定",
        en="Lowest temperature for cold goods to arrive at, tenths of a degree Celsius, unless a product says its own",
    ),
    Policy(
        name="receiving.cold_high_tenths",
        default=80,
        least=-2000,
        most=1000,
        zh="冷链到货最高温度, 十分之一摄氏度; 品规另有规定的从其规定",
        en="Highest temperature at which cold goods may arrive, in tenths of a degree Celsius",
    ),
    Policy(
        name="receiving.quarantine",
        default="",
        zh="待验区货位编码; 留空则就地冻结",
        en="Code of the location where held goods are put on receipt; empty leaves them where they are received",
    ),
    Policy(
        name="receiving.unlicensed",
        default="quarantine",
        choices=("quarantine", "refuse"),
        zh="证照无效的到货: quarantine 收入待验并冻结, refuse 拒收",
        en="Goods whose licence does not hold: quarantine receives them held, refuse does not receive them",
    ),
    Policy(
        name="licence.warn_days",
        default=[90, 60, 30],
        zh="证照到期前提醒天数",
        en="Days before a licence ends at which it is warned of",
    ),
    Policy(
        name="licence.missing",
        default="warn",
        choices=("ignore", "warn", "block"),
        zh="证照未登记时: 忽略、提示或拦截",
        en="What a licence that is not on record does to an order or a receipt",
    ),
    Policy(
        name="licence.override",
        default="second_person",
        choices=("never", "second_person"),
        zh="证照问题可否经第二人批准放行",
        en="Whether a second person may let goods pass whose licence does not hold",
    ),
    Policy(
        name="write_off.approval",
        default=True,
        zh="报损须由另一人批准",
        en="A write-off is approved by another person",
    ),
    Policy(
        name="hold.release",
        default="other",
        choices=("same", "other"),
        zh="召回和质量冻结 (验收、温度、证照) 可否由冻结人自己解冻: same 可以, other 须另一人",
        en="Whether holds of recall and quality are released by who placed them (same) or another person (other)",
    ),
    Policy(
        name="supply.use_days",
        default=30,
        least=7,
        most=365,
        zh="计算可用天数时, 日均用量取最近多少天",
        en="Days of use from which the days a stock will last are reckoned",
    ),
    Policy(
        name="slow.idle_days",
        default=90,
        least=7,
        most=1000,
        zh="多少天未使用视为呆滞",
        en="Days without use after which stock counts as dead",
    ),
    Policy(
        name="slow.cover_days",
        default=180,
        least=7,
        most=3650,
        zh="库存可用天数超过多少视为积压",
        en="Days a stock would last beyond which it counts as slow",
    ),
    Policy(
        name="count.tolerance_a_permille",
        default=2,
        most=1000,
        zh="A 类品规盘点差异超过账面数的千分之几须复盘; 有码的单件和密封包不适用, 差一件即复盘",
        en=(
            "A count of a class A product that is off by more than so many thousandths of the book is "
            "counted again; of single pieces and sealed packs every missing one is"
        ),
    ),
    Policy(
        name="count.tolerance_b_permille",
        default=10,
        most=1000,
        zh="B 类品规盘点差异超过账面数的千分之几须复盘",
        en=("A count of a class B product that is off by more than so many thousandths of the book is counted again"),
    ),
    Policy(
        name="count.tolerance_c_permille",
        default=50,
        most=1000,
        zh="C 类品规 (含一年未用、未分类的) 盘点差异超过账面数的千分之几须复盘",
        en=("A count of a class C product, or one in no class, off by more than so many thousandths is counted again"),
    ),
    Policy(
        name="count.recount_value",
        default=1000,
        zh="盘点差异金额超过此值(元)须由另一人复盘",
        en="A difference worth more than so many yuan is counted again by another person",
    ),
    Policy(
        name="count.custodian_may_count",
        default="except_full",
        choices=("never", "except_full", "always"),
        zh="保管人可否盘点自己保管的货位 (全盘除外/从不/总是)",
        en="Whether whoever keeps a place may count it: except in full counts, never, always",
    ),
    Policy(
        name="count.interval_days",
        default=[182, 91, 30],
        zh="C、B、A 类品规两次盘点之间的天数",
        en="Days between counts of products of class C, B, A",
    ),
    Policy(
        name="count.abc_permille",
        default=[950, 800],
        zh="按年消耗金额累计千分比划分: B 类上限、A 类上限",
        en="Up to which thousandth of a year's consumption by value a product is B, and A",
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
    Policy(
        name="recall.hold_hours",
        default=[72, 24, 4],
        zh="召回 III、II、I 级: 自收到通知起几小时内全部冻结",
        en="Hours from the notice in which everything is held, for recalls of class III, II, I",
    ),
    Policy(
        name="recall.patient_hours",
        default=[168, 72, 24],
        zh="召回 III、II、I 级: 自收到通知起几小时内通知患者",
        en="Hours from the notice in which patients are contacted, for recalls of class III, II, I",
    ),
    Policy(
        name="use.other_ward_stock",
        default="block",
        choices=("block", "transfer"),
        zh="床旁扫到其他病区的库存: block 不记账, transfer 自动调拨后记账并提示",
        en="A scan of another ward's stock: block books nothing, transfer moves it over, books it and says so",
    ),
    Policy(
        name="use.other_ward_patient",
        default="override",
        choices=("warn", "override", "block"),
        zh="住院患者账面在其他病区 (已转科): warn 提示, override 须第二人核对, block 不记账",
        en="An inpatient who is registered on another ward: warn, override by a second person, or block",
    ),
    Policy(
        name="use.unlicensed",
        default="override",
        choices=("warn", "override", "block"),
        zh="生产日期不在注册证有效期内: warn 提示, override 须第二人核对, block 不记账",
        en="Goods made while their registration did not hold: warn, override by a second person, or block",
    ),
    Policy(
        name="charge.window_hours",
        default=24,
        least=1,
        most=720,
        zh="同一就诊、品规、批号的收费与使用相差多少小时内视为同一笔",
        en="Hours within which a charge and a use of one stay, product and lot are taken as the same",
    ),
    Policy(
        name="charge.attempts",
        default=8,
        least=1,
        most=100,
        zh="一条收费消息被 HIS 拒答多少次后转人工处理",
        en="Times HIS may fail over one charge message before people must look at it",
    ),
)
