"""The five verdicts can be told apart by ear: by pitch, by count and by length."""

from __future__ import annotations

from itertools import combinations

import pytest

pytestmark = pytest.mark.browser

# Plays each sound into memory and measures what comes out: tones heard, the pitch of each, the whole length.
MEASURE = """async () => {
  const { SOUNDS, lay, lengthOf } = await import('/static/js/sound.js');
  const rate = 22050;
  const out = {};
  for (const [name, sound] of Object.entries(SOUNDS)) {
    const context = new OfflineAudioContext(1, rate * 1.2, rate);
    lay(context, sound, 0.02, 1);
    const wave = (await context.startRendering()).getChannelData(0);
    const tones = [];
    let quiet = Infinity, open = null;
    for (let at = 0; at < wave.length; at += 1) {
      if (Math.abs(wave[at]) > 0.02) {
        if (quiet > rate * 0.008) { open = { from: at, to: at, crossings: 0 }; tones.push(open); }
        open.to = at;
        quiet = 0;
      } else quiet += 1;
      if (open && at > open.from && (wave[at - 1] < 0) !== (wave[at] < 0)) open.crossings += 1;
    }
    out[name] = {
      stated: lengthOf(sound),
      length: Math.round((tones.at(-1).to - tones[0].from) / rate * 1000),
      pitches: tones.map((tone) => Math.round(tone.crossings / 2 / ((tone.to - tone.from) / rate))),
      vibrate: sound.vibrate,
    };
  }
  return out;
}"""


@pytest.fixture
def sounds(page, address):
    page.goto(f"{address}/home")
    return page.evaluate(MEASURE)


def test_what_is_heard_is_what_the_table_of_sounds_says(sounds):
    heard = {name: (len(sound["pitches"]), sound["pitches"]) for name, sound in sounds.items()}
    for name, pitches in {
        "ok": [1760],
        "repeat": [880, 880],
        "caution": [1200, 700],
        "stop": [250, 250, 250],
        "queued": [1760, 1175],
    }.items():
        assert heard[name][0] == len(pitches), name
        assert heard[name][1] == pytest.approx(pitches, rel=0.06), name
    for name, sound in sounds.items():
        assert sound["length"] == pytest.approx(sound["stated"], abs=15), name
        assert sound["length"] < 3000


def test_no_two_sounds_can_be_taken_for_each_other(sounds):
    for one, other in combinations(sounds.values(), 2):
        # Half as long again, and another tune: neither alone is trusted.
        assert max(one["length"], other["length"]) / min(one["length"], other["length"]) > 1.25
        assert [round(p / 100) for p in one["pitches"]] != [round(p / 100) for p in other["pitches"]]
        assert one["vibrate"] != other["vibrate"]


def test_stop_is_alone_in_its_count_and_its_depth(sounds):
    others = [sound for name, sound in sounds.items() if name != "stop"]
    assert all(len(sound["pitches"]) < len(sounds["stop"]["pitches"]) for sound in others)
    assert all(min(sound["pitches"]) > 2 * max(sounds["stop"]["pitches"]) for sound in others)
    assert len(sounds["ok"]["pitches"]) == 1


def test_the_ward_sleeps_at_night(page, address):
    page.goto(f"{address}/home")
    at = """async (hour) => {
      const { Speaker } = await import('/static/js/sound.js');
      return new Speaker({ now: () => new Date(2026, 1, 3, hour) }).isNight;
    }"""
    assert [page.evaluate(at, hour) for hour in (5, 6, 12, 21, 22, 23)] == [True, False, False, False, True, True]


def test_says_that_sound_is_held_back_until_the_first_touch(scan_page):
    locked = scan_page.locator("[data-sound=locked]")
    if scan_page.evaluate("page.speaker.isLocked"):
        assert locked.is_visible()
        locked.click()
    scan_page.wait_for_function("() => !page.speaker.isLocked")
    assert not locked.is_visible()
