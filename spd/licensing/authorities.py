"""This file is which authority gives which registration number."""

from __future__ import annotations

from scanners.chinese_numbers import Certificate

_PROVINCES = {
    "京": "北京市", "津": "天津市", "冀": "河北省", "晋": "山西省", "蒙": "内蒙古自治区", "辽": "辽宁省",
    "吉": "吉林省", "黑": "黑龙江省", "沪": "上海市", "苏": "江苏省", "浙": "浙江省", "皖": "安徽省", "闽": "福建省",
    "赣": "江西省",
    "鲁": "山东省", "豫": "河南省", "鄂": "湖北省", "湘": "湖南省", "粤": "广东省", "琼": "海南省",
    "桂": "广西壮族自治区", "渝": "重庆市", "川": "四川省", "贵": "贵州省", "云": "云南省", "藏": "西藏自治区",
    "陕": "陕西省", "甘": "甘肃省", "青": "青海省", "宁": "宁夏回族自治区", "新": "新疆维吾尔自治区",
}  # fmt: skip


def authority_of(said: Certificate) -> str:
    """Who gives such a number; empty for filings, which cities take."""
    if said.authority == "国":
        return "国家药品监督管理局"
    return f"{_PROVINCES[said.authority]}药品监督管理局" if said.origin else ""


def fits(said: Certificate, authority: str) -> bool:
    """Whether an authority, as somebody wrote it, can have given the number. Ministries change their names."""
    if not authority or not said.origin or authority.isascii():
        return True
    return ("国家" if said.authority == "国" else _PROVINCES[said.authority][:2]) in authority
