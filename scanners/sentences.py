"""This file is what is said, in Chinese and English, about a code that cannot be read or must be doubted."""

from __future__ import annotations

SENTENCES: dict[str, tuple[str, str]] = {
    "ambiguous": (
        "分隔符丢失，此码有多种读法。请核对标签上的批号和序列号。",
        "The separator is missing, so this code reads in several ways. Compare lot and serial with the label.",
    ),
    "ai-data-empty": ("应用标识符 ({ai}) 后没有数据。", "Nothing follows ({ai})."),
    "ai-length": ("({ai}) 的数据长度不对。", "The data of ({ai}) has the wrong length."),
    "ai-too-long": (
        "({ai}) 的数据过长，可能缺少分隔符。",
        "The data of ({ai}) is too long; a separator may be missing.",
    ),
    "ai-unknown": ("未知的应用标识符：{text}。", "No GS1 identifier begins here: {text}."),
    "brackets": ("括号不成对，无法识别。", "The brackets do not pair up."),
    "caps-lock": ("扫描枪大小写颠倒（Caps Lock 打开），已还原。", "Caps Lock was on; letters were turned back."),
    "character": ("({ai}) 中有不允许的字符。", "({ai}) holds a character that is not allowed there."),
    "certificate-number": (
        "不是完整的注册证号或备案号：{text}。请核对。",
        "This is no whole number of a registration or filing: {text}. Compare it with the certificate.",
    ),
    "certificate": ("发证机关、产地与类别不一致。", "Authority, origin and class do not go together."),
    "check-character": ("校验字符不符，请核对标签。", "The check character does not fit. Compare with the label."),
    "check-digit": ("校验码不符，请核对标签上的编码。", "The check digit does not fit. Compare with the label."),
    "code-list": ("({ai}) 的值不在代码表中。", "The value of ({ai}) is not on its list."),
    "coupon": ("({ai}) 优惠券数据不合规。", "The coupon data of ({ai}) breaks its rules."),
    "date": ("日期不存在：{text}。", "There is no such day: {text}."),
    "differ": ("同一标签的两个条码内容不一致：{text}。", "The label's two codes differ in {text}."),
    "double-read": ("同一编码连续读入两次，按一次处理。", "The code arrived twice and counts once."),
    "empty": ("没有读到内容，请重新扫描。", "Nothing was read. Scan again."),
    "excluded": ("({ai}) 不能与 ({other}) 同时出现。", "({ai}) must not stand together with ({other})."),
    "extra-separator": ("有多余的分隔符。", "There is a separator too many."),
    "full-width": ("输入法为全角，已转换为半角。", "Full-width characters were turned into plain ones."),
    "image-format": ("不是可识别的图片。", "This is no picture that can be read."),
    "image-size": ("图片过大：{text}。", "The picture is too large: {text}."),
    "input-method": (
        "请切换到英文输入法后重新扫描。",
        "Switch the keyboard to English and scan again.",
    ),
    "letter-case": ("字母大小写可能颠倒，请核对标签。", "Letters may have the wrong case. Compare with the label."),
    "link": ("不是有效的 GS1 网址。", "This is not a valid GS1 Digital Link: {text}."),
    "link-character": ("主码与副码的链接字符不符，可能不是同一标签。", "The two codes may not be of one label."),
    "lower-case": ("HIBC 码以小写送入，已转换为大写。", "HIBC arrived in lower case and was raised."),
    "missing-companion": ("({ai}) 缺少必须同时出现的标识符：{other}。", "({ai}) needs one of: {other}."),
    "no-key": (
        "此码没有产品标识，请再扫描另一个条码。",
        "This code names no product. Scan the label's other code too.",
    ),
    "not-proven": ("没有码制前缀，按 GS1 读取。", "Read as GS1, though nothing in it says so."),
    "number": ("({ai}) 的数值不合规。", "The number in ({ai}) breaks its rule."),
    "repeated": ("({ai}) 出现多次且值不同。", "({ai}) appears with different values."),
    "sentinel": ("标签没有以规定的结束符结尾。", "The message does not end as it must."),
    "serial-needed": ("({ai}) 带数字签名时必须含序列部分。", "({ai}) needs its serial part with a signature."),
    "short": ("编码不完整，请重新扫描。", "The code is not whole. Scan again."),
    "space": ("编码旁有空格，已去掉，请核对标签。", "Spaces beside it were taken off. Compare with the label."),
    "structure": ("编码结构不符合 {standard}：{text}", "This is not built as {standard} says: {text}"),
    "symbology": ("未知的码制前缀：{text}。", "Unknown symbology identifier: {text}."),
    "too-long": ("内容过长，不是物资条码。", "This is too long to be a supply code."),
    "truncated": (
        "没有收到结束符，编码可能被截断。请重新扫描。",
        "The end did not arrive; it may be cut short. Scan again.",
    ),
    "two-products": ("同时扫到两种产品，请分开扫描。", "Two products were scanned at once. Scan one at a time."),
    "unknown": ("不是已知的编码。", "No known code is built like this."),
    "unlinked": ("只读到副码，请扫描主码。", "Only the secondary code was read. Scan the primary one."),
}


def zh(code: str, facts: dict[str, str]) -> str:
    """The Chinese sentence of `code` with its facts put in."""
    return SENTENCES[code][0].format(**facts)


def en(code: str, facts: dict[str, str]) -> str:
    """The English sentence of `code` with its facts put in."""
    return SENTENCES[code][1].format(**facts)
