"""This file is the policies of goods that come in and lie there: receiving, licences, expiry, holds, counting."""

from __future__ import annotations

from spd.policies.policy import Policy

OF_STOCK: tuple[Policy, ...] = (
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
        name="licence.warn_mail",
        default="",
        addresses=True,
        zh="证照到期提醒发送到哪些邮箱 (空格分隔, 留空不发)",
        en="Who is mailed when a licence comes near its end: addresses with blanks between, or nobody",
    ),
    Policy(
        name="licence.warn_folder",
        default=False,
        zh="证照到期提醒是否同时存入报表目录",
        en="Whether what comes near its end is also put into the folder of reports",
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
        zh="盘点差异金额超过此值(元)即使在允差内也须由另一人复盘",
        en="A difference worth more than so many yuan is counted again by another person, whatever its tolerance",
    ),
    Policy(
        name="count.recount_by",
        default="another",
        choices=("another", "another_if_dear"),
        zh="超出允差的复盘由谁做: another 一律由另一人; another_if_dear 仅金额超过上值时由另一人",
        en="Who counts again what is off by more than its tolerance: always another person, or only where it is dear",
    ),
    Policy(
        name="count.custodian_may_count",
        default="never",
        choices=("never", "except_full", "always"),
        zh="保管人可否盘点自己保管的货位: never 从不, except_full 全盘除外, always 总是",
        en="Whether whoever keeps a place may count it: never, except in full counts, always",
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
)
