"""This file is the policies of what reaches patients: use, recalls, charges."""

from __future__ import annotations

from spd.policies.policy import Policy

OF_PATIENTS: tuple[Policy, ...] = (
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
        name="use.uncatalogued",
        default="warn",
        choices=("warn", "override", "block"),
        zh="低值耗材不在本科室目录 (科室有定数而此品规无): warn 提示, override 须第二人核对, block 不记账",
        en="Low-value things a ward with fixed quantities has none for: warn, override by a second person, or block",
    ),
    Policy(
        name="use.unlicensed",
        default="override",
        choices=("warn", "override", "block"),
        zh="生产日期不在注册证有效期内: warn 提示, override 须第二人核对, block 不记账",
        en="Goods made while their registration did not hold: warn, override by a second person, or block",
    ),
    Policy(
        name="operation.confirm_hours",
        default=4,
        least=1,
        most=168,
        zh="手术结束几小时后耗材仍未确认即提醒",
        en="Hours after its end in which what an operation used is confirmed; later it is on the worklist",
    ),
    Policy(
        name="emergency.assign_hours",
        default=24,
        least=1,
        most=168,
        zh="抢救用物须在多少小时内归属到患者",
        en="Hours within which a use in an emergency must be assigned to its patient",
    ),
    Policy(
        name="emergency.before_hours",
        default=24,
        least=0,
        most=168,
        zh="抢救用物可早于入院登记多少小时",
        en="Hours by which a use in an emergency may come before the patient's admission",
    ),
    Policy(
        name="reentry.hours",
        default=72,
        least=1,
        most=720,
        zh="纸单使用记录可在多少小时内补录",
        en="Hours within which a use written on paper may be entered",
    ),
    Policy(
        name="reentry.like_minutes",
        default=30,
        least=0,
        most=1440,
        zh="补录时, 同一患者同批物品前后多少分钟内的记录须询问是否重复",
        en="Minutes around a use on paper within which a like one on the same patient is asked about",
    ),
    Policy(
        name="reentry.double",
        default="high_value",
        choices=("off", "high_value", "all"),
        zh="补录须两人各录一遍、一致才记账的物品: off 无, high_value 高值耗材, all 全部",
        en="What two people enter from paper before it is booked: off nothing, high_value, all",
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
