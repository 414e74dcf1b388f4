"""This file is how one scanning device behaves, as its settings and its test card have shown."""

from __future__ import annotations

from dataclasses import dataclass

_KEYS = "\r\n\t"


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """A device's habits.

    separators: texts that this device sends in place of GS, such as `|`, `~` or the digits `0029` of a failed Alt-code;
    sends_separator: it has passed the test card, so a code without a separator lost none;
    prefix, suffix: texts it puts around every code; with a suffix, a code without it was cut short and is refused;
    swaps_case: its Caps Lock is known to be on; rfid: it reads tags, so 24 digits are one.
    """

    name: str = "default"
    separators: tuple[str, ...] = ()
    sends_separator: bool = False
    prefix: str = ""
    suffix: str = ""
    swaps_case: bool = False
    rfid: bool = False

    def ended(self, text: str) -> str:
        """The text with the keys at the end of the suffix, which a browser or a form that waits for them takes off."""
        shown = self.suffix.rstrip(_KEYS)
        keys = self.suffix[len(shown) :]
        bare = text.rstrip(_KEYS)
        return bare + keys if keys and bare.endswith(shown) else text


DEFAULT = Profile()
