"""This file is the policies of cost: when usage stands out, and which files nobody sits and waits for."""

from __future__ import annotations

from spd.policies.policy import Policy

OF_COST: tuple[Policy, ...] = (
    Policy(
        name="report.background_rows",
        default=20_000,
        least=1,
        most=1_000_000,
        zh="导出超过多少行时转入后台生成, 完成后下载",
        en="Rows above which a file is made in the background, to be downloaded when it is ready",
    ),
    Policy(
        name="review.score_tenths",
        default=35,
        least=10,
        most=1000,
        zh="点评阈值: 偏离同组中位数多少个离差 (十分之一) 起列入点评, 35 即 3.5",
        en="Tenths of deviations from the median of its peers from which usage stands out; 35 is 3.5",
    ),
    Policy(
        name="review.least_peers",
        default=5,
        least=3,
        most=1000,
        zh="点评同组至少多少例才比较",
        en="Cases a group must have for its cases to be compared",
    ),
)
