"""First rows: the hospital, the ends of the house, the default chart of accounts and its rules.

Why: an empty database is a hospital ready to take its own departments, products and people.
Locks: nothing, all tables are new.
Wards may be working: yes.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261123_first_rows"
down_revision = "20261123_guards"
branch_labels = None
depends_on = None

ENDS = [
    (1, "SUPPLIER", "供应商", "Suppliers", "supplier"),
    (2, "PROCESSING", "加工", "Processing", "processing"),
    (3, "PATIENT", "患者", "Patients", "patient"),
    (4, "LOSS", "损耗", "Losses", "loss"),
    (5, "FOUND", "盘盈", "Found", "found"),
    (6, "TRANSIT", "在途", "On the way", "transit"),
]

ACCOUNTS = [
    ("1011", "零余额账户用款额度", "Zero-balance account quota", "asset"),
    ("1002", "银行存款", "Bank", "asset"),
    ("1301", "在途物品", "Goods in transit", "asset"),
    ("1302.01", "库存物品—卫生材料—中心库", "Inventory: medical supplies, central store", "asset"),
    ("1302.02", "库存物品—卫生材料—科室库", "Inventory: medical supplies, wards", "asset"),
    ("1303", "加工物品", "Goods being processed", "asset"),
    ("1902", "待处理财产损溢", "Property gains and losses pending", "asset"),
    ("2302.01", "应付账款—暂估", "Payables, accrued", "liability"),
    ("2302.02", "应付账款—供应商", "Payables, suppliers", "liability"),
    ("4603", "捐赠收入", "Donations received", "income"),
    ("5001.01", "业务活动费用—卫生材料费", "Operating expense: medical supplies", "expense"),
    ("5101.01", "单位管理费用—卫生材料费", "Administrative expense: medical supplies", "expense"),
    ("5301", "资产处置费用", "Asset disposal expense", "expense"),
    ("7201", "事业支出", "Budget expenditure", "budget"),
    ("8001", "资金结存", "Budget funds", "budget"),
]

ALL, CENTRAL, WARD, ACCRUED = "", "1302.01", "1302.02", "2302.01"
# event, line, class of department, account, debit or credit, names the department, names the supplier
RULES = [
    ("receive_owned", 1, ALL, CENTRAL, 1, False, False),
    ("receive_owned", 2, ALL, ACCRUED, -1, False, True),
    ("receive_ward", 1, ALL, WARD, 1, False, False),
    ("receive_ward", 2, ALL, ACCRUED, -1, False, True),
    ("issue_owned", 1, ALL, WARD, 1, False, False),
    ("issue_owned", 2, ALL, CENTRAL, -1, False, False),
    ("return_owned", 1, ALL, CENTRAL, 1, False, False),
    ("return_owned", 2, ALL, WARD, -1, False, False),
    ("issue_title", 1, ALL, WARD, 1, False, False),
    ("issue_title", 2, ALL, ACCRUED, -1, False, True),
]
for _event, _before, _inventory in (
    ("use_store", [], CENTRAL),
    ("use_ward", [], WARD),
    ("use_consigned", [(WARD, 1, False), (ACCRUED, -1, True)], WARD),
):
    RULES += [
        (_event, number, ALL, account, sign, False, supplier)
        for number, (account, sign, supplier) in enumerate(_before, 1)
    ]
    _next = len(_before) + 1
    RULES += [
        (_event, _next, cost_class, "5001.01", 1, True, False)
        for cost_class in ("clinical", "medical_technology", "medical_auxiliary")
    ]
    RULES += [
        (_event, _next, "administrative", "5101.01", 1, True, False),
        (_event, _next + 1, ALL, _inventory, -1, False, False),
    ]


def upgrade() -> None:
    bind = op.get_bind()
    bind.execute(
        sa.text(
            "INSERT INTO parties (id, code, kind, name, name_en, retired) "
            "VALUES (1, 'HOSPITAL', 'hospital', :z, :e, :n)"
        ),
        {"z": "本院", "e": "The hospital", "n": False},
    )
    bind.execute(
        sa.text(
            "INSERT INTO locations (id, code, name, name_en, kind, retired) VALUES (:id, :code, :name, :en, :kind, :no)"
        ),
        [{"id": i, "code": c, "name": z, "en": e, "kind": k, "no": False} for i, c, z, e, k in ENDS],
    )
    bind.execute(
        sa.text("INSERT INTO accounts (code, name, name_en, kind) VALUES (:code, :name, :en, :kind)"),
        [{"code": c, "name": z, "en": e, "kind": k} for c, z, e, k in ACCOUNTS],
    )
    names = ("event", "line", "cost_class", "account", "sign", "department", "supplier")
    bind.execute(
        sa.text(
            "INSERT INTO posting_rules (event, version, line, cost_class, account, sign, names_department, "
            "names_supplier) VALUES (:event, 1, :line, :cost_class, :account, :sign, :department, :supplier)"
        ),
        [dict(zip(names, rule, strict=True)) for rule in RULES],
    )
    if bind.dialect.name == "postgresql":
        for table in ("parties", "locations"):
            bind.execute(sa.text(f"SELECT setval('{table}_id_seq', 100)"))


def downgrade() -> None:
    for table in ("posting_rules", "accounts", "locations", "parties"):
        op.execute(f"DELETE FROM {table}")  # noqa: S608
