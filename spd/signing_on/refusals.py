"""This file is the refusals of shared devices and PINs."""

from __future__ import annotations

from spd.core.errors import NotAllowed, NotFound, Refused


class NotEnrolled(NotAllowed):
    """Badge and PIN are taken at enrolled devices only."""

    code = "device-not-enrolled"
    say = {
        "zh": "此设备未登记, 不能用工牌和 PIN。请用账号密码登录, 或请管理员登记设备。",
        "en": "This device is not enrolled, so badge and PIN are not taken. Sign in with the password, "
        "or ask the administrator to enrol it.",
    }


class DeviceRevoked(NotAllowed):
    """The device has been revoked; what it holds can still be handed in."""

    code = "device-revoked"
    error = "E23"
    say = {
        "zh": "设备 {device} 已停用。打开 /revoked 导出未上传的记录, 连同设备交给管理员; 换一台设备继续。",
        "en": "Device {device} is revoked. Open /revoked to save what is not uploaded yet, hand both to the "
        "administrator, and go on with another device.",
    }


class UnknownEnrolled(NotFound):
    """No shared device has this name."""

    code = "unknown-enrolled-device"
    say = {
        "zh": "没有登记设备 {device}。请在设备列表中核对名称。",
        "en": "No device {device} is registered. Check its name in the list of devices.",
    }


class CodeNotGood(Refused):
    """The one-time code is unknown, used, or too old."""

    code = "enrolment-code"
    say = {
        "zh": "登记码无效、已用过或已过期。请管理员重新生成一个。",
        "en": "The enrolment code is wrong, used or too old. Ask the administrator for a new one.",
    }


class WrongPin(NotAllowed):
    """Badge and PIN do not belong together."""

    code = "wrong-pin"
    say = {
        "zh": "工牌与 PIN 不符。再刷工牌重试; 忘记 PIN 可用密码登录后重设。",
        "en": "Badge and PIN do not belong together. Scan the badge again; who forgot the PIN signs in with the "
        "password and sets a new one.",
    }


class NoPin(NotAllowed):
    """The person has no PIN yet."""

    code = "no-pin"
    say = {
        "zh": "您还没有 PIN。先用账号密码登录, 再设置 PIN。",
        "en": "You have no PIN yet. Sign in with the password once, then set one.",
    }


class PinWaits(NotAllowed):
    """Too many wrong PINs at this device."""

    code = "pin-waits"
    say = {
        "zh": "PIN 多次错误, {minutes} 分钟后再试, 或用账号密码登录。",
        "en": "Too many wrong PINs. Try again in {minutes} minutes, or sign in with the password.",
    }


class PinEnded(NotAllowed):
    """Too many wrong PINs anywhere: this one is no longer taken."""

    code = "pin-ended"
    say = {
        "zh": "PIN 错误次数过多, 已失效。用账号密码登录后设置新的 PIN。",
        "en": "The PIN was wrong too often and is no longer taken. Sign in with the password and set a new one.",
    }


class WeakPin(Refused):
    """A PIN that is guessed first."""

    code = "weak-pin"
    say = {
        "zh": "PIN 须为 4–6 位数字, 且不能是 1234、0000、年份、重复或与工号相同的数字。换一个。",
        "en": "A PIN is 4 to 6 digits, and none that is guessed first: 1234, 0000, a year, a repetition, your own "
        "number. Choose another.",
    }
