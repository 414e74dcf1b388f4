// This file is the five sounds, made on the spot: told apart by pitch, by count and by length, without looking.

/**
 * @typedef {{hz: number, ms: number, at: number, wave: OscillatorType, gain: number}} Tone at: ms after the verdict
 * @typedef {{tones: Tone[], vibrate: number[]}} Sound
 */

/** @param {number} hz @param {number} ms @param {number} at @param {OscillatorType} [wave] @param {number} [gain] @returns {Tone} */
const tone = (hz, ms, at, wave = "sine", gain = 1) => ({ hz, ms, at, wave, gain });

/**
 * ux 1.3. A test asserts that no two of them can be taken for each other.
 * @type {Record<"ok" | "repeat" | "caution" | "stop" | "queued", Sound>}
 */
export const SOUNDS = {
  ok: { tones: [tone(1760, 90, 0)], vibrate: [40] },
  repeat: { tones: [tone(880, 80, 0), tone(880, 80, 160)], vibrate: [40, 60, 40] },
  caution: { tones: [tone(1200, 150, 0), tone(700, 150, 170)], vibrate: [120, 60, 120] },
  // A square wave buzzes, and small loudspeakers still carry its overtones where they cannot carry 250 Hz.
  stop: { tones: [tone(250, 250, 0, "square", 0.8), tone(250, 250, 350, "square", 0.8), tone(250, 250, 700, "square", 0.8)], vibrate: [250, 100, 250, 100, 250] },
  queued: { tones: [tone(1760, 90, 0), tone(1175, 30, 150, "sine", 0.45)], vibrate: [40, 60, 20] },
};

/** At night the ward sleeps: 30 % of the sound, all of the light and the vibration. */
export const NIGHT_GAIN = 0.3;
const NIGHT_FROM = 22;
const NIGHT_TO = 6;

/** Rise and fall of a tone; without them it clicks, and a click is heard as a sound of its own. */
const EDGE_S = 0.006;

/** @param {Sound} sound @returns {number} milliseconds from the first beginning to the last end */
export function lengthOf(sound) {
  return Math.max(...sound.tones.map(({ at, ms }) => at + ms));
}

/**
 * Lay the tones of a sound on a context, from `start` on. Also used by the tests, on an offline context.
 * @param {BaseAudioContext} context
 * @param {Sound} sound
 * @param {number} start seconds of the context's clock
 * @param {number} volume 0 to 1
 */
export function lay(context, sound, start, volume) {
  for (const { hz, ms, at, wave, gain } of sound.tones) {
    const begin = start + at / 1000;
    const end = begin + ms / 1000;
    const oscillator = new OscillatorNode(context, { type: wave, frequency: hz });
    const envelope = new GainNode(context, { gain: 0 });
    envelope.gain.setValueAtTime(0, begin);
    envelope.gain.linearRampToValueAtTime(gain * volume, begin + EDGE_S);
    envelope.gain.setValueAtTime(gain * volume, end - EDGE_S);
    envelope.gain.linearRampToValueAtTime(0, end);
    oscillator.connect(envelope).connect(context.destination);
    oscillator.start(begin);
    oscillator.stop(end);
  }
}

/** @typedef {"auto" | "on" | "off"} NightSetting */

export class Speaker {
  /**
   * @param {object} [options]
   * @param {(locked: boolean) => void} [options.onLock] told whenever the browser does, or no longer does, hold sound back
   * @param {() => Date} [options.now]
   * @param {number} [options.volume]
   */
  constructor({ onLock = () => {}, now = () => new Date(), volume = 0.5 } = {}) {
    this.onLock = onLock;
    this.now = now;
    this.volume = volume;
    /** @type {NightSetting} */
    this.night = /** @type {NightSetting | null} */ (localStorage.getItem("spd.night")) ?? "auto";
    /** @type {AudioContext | null} */
    this.context = null;
    /** The last sounds played, for tests and the device check page. @type {string[]} */
    this.played = [];
  }

  /** Sound needs one touch or key first; any will do. */
  start() {
    this.context = new AudioContext({ latencyHint: "interactive" });
    this.context.addEventListener("statechange", () => this.onLock(this.isLocked));
    const unlock = () => {
      if (this.isLocked) this.context?.resume().catch(() => {});
    };
    for (const gesture of ["pointerdown", "keydown", "touchend"]) addEventListener(gesture, unlock, { capture: true, passive: true });
    this.onLock(this.isLocked);
    return this;
  }

  get isLocked() {
    return this.context?.state !== "running";
  }

  get isNight() {
    if (this.night !== "auto") return this.night === "on";
    const hour = this.now().getHours();
    return hour >= NIGHT_FROM || hour < NIGHT_TO;
  }

  /** Turn night mode to the other state, and keep it so on this device. */
  toggleNight() {
    this.night = this.isNight ? "off" : "on";
    localStorage.setItem("spd.night", this.night);
    return this.isNight;
  }

  /** @param {keyof typeof SOUNDS} name */
  play(name) {
    const sound = SOUNDS[name];
    if (!sound) return;
    this.played = [...this.played.slice(-255), name];
    // Vibration is left at full strength at night: it wakes nobody.
    if (navigator.userActivation?.hasBeenActive !== false) navigator.vibrate?.(sound.vibrate);
    if (!this.context || this.isLocked) return;
    lay(this.context, sound, this.context.currentTime, this.volume * (this.isNight ? NIGHT_GAIN : 1));
  }
}
