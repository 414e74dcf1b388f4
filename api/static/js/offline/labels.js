// This file is what a supplier's label says: GS1, HIBC and MA, of one code or two of one label, as scanners/ reads them.

/**
 * hour: the last of the last day, of HIBC by universal time; holds: its check characters are right.
 * @typedef {{kind: string, di: string, lot?: string, serial?: string, produced?: string | null, day?: string | null, hour?: string, holds: boolean}} Label
 */

const SIGNS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ-. $/+%";

/** What the codes of one label say together; null where it is no supplier's. @param {string[]} codes @returns {Label | null} */
export function labelOfAll(codes) {
  /** @type {Label | null} */
  let whole = null;
  for (const one of codes.map((text) => ma(text) ?? hibc(text) ?? gs1(text))) {
    if (!whole || !one) whole ??= one;
    else if (!one.di || !whole.di || one.di === whole.di) whole = { ...one, ...Object.fromEntries(Object.entries(whole).filter(([, value]) => value)), holds: whole.holds && one.holds };
  }
  return whole;
}

/** @param {string} text @returns {Label | null} */
function gs1(text) {
  const parts = elements(text);
  if (!parts) return null;
  const until = parts["7003"] ?? parts["17"] ?? "";
  const hour = until.length > 6 ? `${until.slice(6, 8)}:${until.slice(8, 10)}` : undefined;
  return { kind: "gs1", di: parts["01"] ?? "", lot: parts["10"], serial: parts["21"], produced: dayOf(parts["11"]), day: dayOf(until.slice(0, 6)), hour, holds: true };
}

/** @param {string} text */
function elements(text) {
  /** @type {Record<string, string>} */
  const parts = {};
  if (/^\(\d/.test(text)) {
    for (const [, name, value] of text.matchAll(/\((\d{2,4})\)([^(]+)/g)) parts[name] = value;
    return parts;
  }
  let rest = text.replace(/^\][A-Za-z]\d/, "").replace(/[{<](GS|FNC1|F8|Ctrl\+]|Alt\+0?029)[}>]|\[GS]|\^]|\\x1d|\\u001d|␝|Alt\+0?029/gi, "\x1d").replace(/^\x1d/, "");
  if (!/^01\d{14}/.test(rest) && !(/^\][CdQeJ]/.test(text) && /^(1[017]|21)/.test(rest))) return null;
  while (rest.length > 3) {
    const name = /^(3[1-69]|43|7[02]|8[02])?(2[345]|4[0-2]|71)?/.exec(rest) ?? [];
    const wide = rest.slice(0, name[1] ? 4 : name[2] ? 3 : 2);
    rest = rest.slice(wide.length);
    const fixed = /^(1[1-9]|3[1-6])/.test(wide) ? 6 : /** @type {Record<string, number>} */ ({ "00": 18, "01": 14, "02": 14, "03": 14, "04": 16, 20: 2, 41: 13 })[wide.slice(0, 2)];
    const end = fixed ?? (rest.includes("\x1d") ? rest.indexOf("\x1d") : rest.length);
    parts[wide] = rest.slice(0, end);
    rest = rest.slice(end).replace(/^\x1d/, "");
  }
  return parts;
}

/** @param {string} text @returns {Label | null} */
function ma(text) {
  const parts = text.split(".");
  if (!/^MA\.\d{3}\./.test(text) || parts.length < 5 || parts.slice(0, 5).includes("")) return null;
  /** @param {string} name */
  const said = (name) => parts.slice(5).find((part) => part[0] === name)?.slice(1);
  const lapses = dayOf(said("E"));
  // E is the first day on which it may not be used any more.
  const day = dayOf(said("V")) ?? (lapses && isoDay(Date.parse(lapses) - 86_400_000));
  return { kind: "ma", di: parts.slice(0, 5).join("."), lot: said("L"), serial: said("S"), produced: dayOf(said("M") ?? said("P")), day, holds: true };
}

/** Modulo 43, the last character being the check character. @param {string} text */
const holds = (text) => text.length > 2 && SIGNS[[...text.slice(0, -1)].reduce((left, sign) => left + SIGNS.indexOf(sign), 0) % 43] === text.at(-1);

/** @param {string} text */
const primary = (text) => /^[A-Z][A-Z0-9]{3}[A-Z0-9]{1,18}\d$/.test(text);

/** @param {string} text @returns {Label | null} */
function hibc(text) {
  const bare = text.replace(/^\][A-Za-z]\d/, "").replace(/^\*|\*$/g, "").toUpperCase();
  if (!/^\+[0-9A-Z$][0-9A-Z\-. $/+%]{2,}$/.test(bare)) return null;
  // Its check character may be a blank, trimmed off.
  const data = !holds(bare) && holds(`${bare} `) ? `${bare} ` : bare;
  for (let at = data.indexOf("+", 1); at > 0; at = data.indexOf("+", at + 1)) {
    const both = [data.slice(0, at), data.slice(at)];
    if (both.every(holds) && both.some((one) => primary(one.slice(1, -1)))) return labelOfAll(both);
  }
  const first = /[A-Z]/.test(data[1]);
  const [head, ...rest] = data.slice(1, first ? -1 : -2).split("/");
  if (first && !primary(head)) return null;
  /** @type {Label} */
  const label = { kind: "hibc", di: first ? head : "", holds: holds(data) };
  for (const part of first ? rest : [head, ...rest]) {
    if (/^1[46]D\d{8}$/.test(part)) label[part[1] === "6" ? "produced" : "day"] = dayOf(part.slice(5));
    else if (part[0] === "S") label.serial = part.slice(1);
    else if (/^(\$|\d{5})/.test(part)) dated(part, label);
  }
  return label;
}

/** A lot or a serial, with its day where one stands before it. @param {string} text @param {Label} label */
function dated(text, label) {
  const flag = /^(\$\$\+?|\$\+?)?/.exec(text)?.[0] ?? "";
  let rest = text.slice(flag.length);
  // After $$ a quantity may come, then a digit that says how the day is written; 0 and 1 begin a month themselves.
  if (flag[1] === "$") rest = rest.replace(/^(8\d{2}|9\d{5})/, "").replace(/^(?=[01])/, "m");
  else if (flag === "") rest = `5${rest}`;
  if (flag === "" || flag[1] === "$") {
    const size = /** @type {Record<string, number>} */ ({ m: 4, 2: 6, 3: 6, 4: 8, 5: 5, 6: 7 })[rest[0]] ?? 0;
    const day = rest.slice(1, 1 + size);
    if (rest[0] === "m") label.day = dayOf(`${day.slice(2)}${day.slice(0, 2)}00`);
    else if (rest[0] === "2") label.day = dayOf(`${day.slice(4)}${day.slice(0, 4)}`);
    else label.day = size % 2 ? dayOfYear(day.slice(0, 5)) : dayOf(day.slice(0, 6));
    if (rest[0] === "4" || rest[0] === "6") label.hour = `${day.slice(-2)}:00`;
    rest = rest.slice(1 + size);
  }
  if (rest) label[flag.endsWith("+") ? "serial" : "lot"] = rest;
}

/** @param {number} instant */
const isoDay = (instant) => new Date(instant).toISOString().slice(0, 10);

/** A day of six digits; day 00 is the month's last. @param {string | undefined} digits */
function dayOf(digits) {
  if (!/^\d{6}$/.test(digits ?? "")) return null;
  const [year, month, day] = /** @type {string} */ (digits).match(/../g)?.map(Number) ?? [];
  return isoDay(Date.UTC(2000 + year, day ? month - 1 : month, day));
}

/** A day by its number in the year: YYJJJ. @param {string} digits */
const dayOfYear = (digits) => (/^\d{5}$/.test(digits) ? isoDay(Date.UTC(2000 + Number(digits.slice(0, 2)), 0, Number(digits.slice(2)))) : null);

/** The last instant at which it may be used; null where the label says none. @param {Label} label @param {string} clock the hospital's, as +08:00 */
export function lastInstant(label, clock) {
  if (!label.day) return null;
  const hour = /^([01]\d|2[0-3]):[0-5]\d$/.test(label.hour ?? "") ? `${label.hour}:00` : "";
  return Date.parse(`${label.day}T${hour || "23:59:59.999"}${hour && label.kind === "hibc" ? "Z" : clock}`);
}
