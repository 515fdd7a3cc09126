/** Numbers, times and configs as text for people. */
import type { Objective } from "./schema.ts";

const DASH = "–";

/** At most `digits` significant digits, without an exponent for everyday magnitudes. */
export function significant(value: number, digits = 3): string {
  if (!Number.isFinite(value)) return DASH;
  if (value === 0) return "0";
  const magnitude = Math.abs(value);
  if (magnitude >= 1e7 || magnitude < 1e-4) return value.toExponential(digits - 1).replace("e+", "e");
  const decimals = Math.max(0, digits - 1 - Math.floor(Math.log10(magnitude)));
  return group(value.toFixed(Math.min(decimals, 12)));
}

/** A thin space between groups of three digits of the integer part, from five digits on. */
function group(text: string): string {
  const [whole, fraction] = text.split(".");
  const grouped = whole!.replace("-", "").length > 4 ? whole!.replace(/\B(?=(\d{3})+$)/g, "\u202f") : whole!;
  return fraction === undefined ? grouped : `${grouped}.${fraction}`;
}

export function integer(value: number): string {
  return Number.isFinite(value) ? value.toLocaleString("en-US", { maximumFractionDigits: 6 }) : DASH;
}

export function percent(share: number, digits = 1): string {
  return Number.isFinite(share) ? `${(share * 100).toFixed(digits)} %` : DASH;
}

const TIMES: [number, string][] = [
  [1e9, "s"],
  [1e6, "ms"],
  [1e3, "µs"],
  [1, "ns"],
];

/** The unit in which a value of this size reads best, and its size in the unit of the data. */
export function scaleFor(objective: Objective | undefined, typical: number): { unit: string; size: number } {
  if (objective) return { unit: objective.unit, size: 1 };
  const [size, unit] = TIMES.find(([least]) => Math.abs(typical) >= least) ?? [1, "ns"];
  return { unit, size };
}

export function formatValue(value: number | null | undefined, objective?: Objective, digits = 4): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return DASH;
  const { unit, size } = scaleFor(objective, value);
  return unit ? `${significant(value / size, digits)} ${unit}` : significant(value / size, digits);
}

export function duration(ms: number): string {
  if (!Number.isFinite(ms)) return DASH;
  if (ms < 1000) return `${Math.round(ms)} ms`;
  const seconds = ms / 1000;
  if (seconds < 90) return `${significant(seconds, 3)} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 90) return `${minutes} min ${Math.floor(seconds % 60)} s`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

export function plural(count: number, one: string, many = `${one}s`): string {
  return `${integer(count)} ${count === 1 ? one : many}`;
}

export function dateTime(ms: number): string {
  return new Date(ms).toISOString().replace("T", " ").slice(0, 16) + " UTC";
}

/** A text that is cut in the middle of nowhere is marked as such. */
export function shorten(text: string, most: number): string {
  return text.length <= most ? text : `${text.slice(0, most - 1)}…`;
}

/** Keeps numbers and their units on one line. */
export function firm(text: string): string {
  return text.replace(/(\d) (ns|µs|ms|s|%|×)(?=\W|$)/g, "$1\u00a0$2");
}
