/** The document with its columns decoded, and what the page shows of it at a time. */
import { bitAt, bytesOf, decodeColumn, type Numbers } from "./decode.ts";
import type { Append, Column, Objective, Report, Rule, Session, Space, Trials } from "./schema.ts";
import { VERDICTS } from "./schema.ts";

/** Verdicts that are given before the device is reached, or say nothing of it. */
const NOT_MEASURED = new Set([
  "rejected",
  "build_failed",
  "build_timeout",
  "resource_exceeded",
  "device_lost",
]);
const MEASURED_BY_CODE = VERDICTS.map((verdict) => !NOT_MEASURED.has(verdict));

export interface SessionData {
  index: number;
  session: Session;
  count: number;
  verdict: Numbers;
  value: Numbers;
  choices: Numbers[];
  number: Numbers;
  measured: Numbers;
  message: Numbers;
  device: Numbers;
  proposer: Numbers;
  sameCode: Numbers;
  /** Absent where the log holds no times. */
  finished?: Numbers;
  build?: Numbers;
  run?: Numbers;
}

export function decodeSession(session: Session, index: number): SessionData {
  const trials = session.trials;
  const count = trials.count;
  const named = (name: string, column: Column) =>
    decodeColumn(column, count, `${name} of session ${session.id}`);
  const optional = (name: string, column?: Column) => (column ? named(name, column) : undefined);
  const verdict = named("verdict", trials.verdict);
  return {
    index,
    session,
    count,
    verdict,
    value: finite(named("value", trials.value)),
    choices: trials.choices.map((column, knob) => named(`choices[${knob}]`, column)),
    number: optional("number", trials.number) ?? Float64Array.from({ length: count }, (_, i) => i),
    measured:
      optional("measured", trials.measured) ??
      Uint8Array.from(verdict, (code) => (MEASURED_BY_CODE[code] ? 1 : 0)),
    message: optional("message", trials.message) ?? new Uint8Array(count),
    device: optional("device", trials.device) ?? new Uint8Array(count),
    proposer: optional("proposer", trials.proposer) ?? new Uint8Array(count),
    sameCode: optional("same_code_as", trials.same_code_as) ?? new Uint8Array(count),
    finished: optional("finished_ms", trials.finished_ms),
    build: optional("build_us", trials.build_us),
    run: optional("run_us", trials.run_us),
  };
}

/** Infinity is no more of a value than NaN: it has no place on an axis. */
function finite(values: Numbers): Numbers {
  return values.some((value) => Math.abs(value) === Infinity)
    ? values.map((value) => (Number.isFinite(value) ? value : NaN))
    : values;
}

/** Sessions whose trials can be compared: of one workload, target and space. */
export interface Task {
  name: string;
  space: number;
  sessions: SessionData[];
}

export function tasksOf(sessions: SessionData[]): Task[] {
  const tasks = new Map<string, Task>();
  for (const data of sessions) {
    const { workload, target, space } = data.session;
    const key = JSON.stringify([workload, target, space]);
    let task = tasks.get(key);
    if (!task) tasks.set(key, (task = { name: `${workload} on ${target}`, space, sessions: [] }));
    task.sessions.push(data);
  }
  return [...tasks.values()];
}

/** A word as a POSIX shell reads it: names and values may hold anything, and commands are there to be pasted. */
export function shellWord(text: string): string {
  return /^[\w.,:=+@%/-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`;
}

/** A trial of the view: the session that it belongs to, and its row there. */
export interface Place {
  data: SessionData;
  row: number;
}

/** The trials of one task, of one session or of all, side by side. */
export class View {
  readonly sessions: SessionData[];
  readonly space: Space;
  readonly objective?: Objective;
  readonly maximize: boolean;
  readonly count: number;
  readonly verdict: Numbers;
  readonly value: Numbers;
  readonly choices: Numbers[];
  private readonly firsts: number[] = [];

  readonly report: Report;
  readonly task: Task;

  constructor(report: Report, task: Task, only?: number) {
    this.report = report;
    this.task = task;
    const chosen = only === undefined ? task.sessions : task.sessions.filter((data) => data.index === only);
    this.sessions = chosen.length ? chosen : task.sessions;
    this.space = report.spaces[task.space] ?? { knobs: [] };
    this.objective = this.sessions[0]?.session.objective;
    this.maximize = this.objective?.direction === "maximize";
    let count = 0;
    for (const data of this.sessions) {
      this.firsts.push(count);
      count += data.count;
    }
    this.count = count;
    this.verdict = this.joined((data) => data.verdict);
    this.value = this.joined((data) => data.value);
    this.choices = this.space.knobs.map((_, knob) => this.joined((data) => data.choices[knob]!));
  }

  private joined(column: (data: SessionData) => Numbers): Numbers {
    if (this.sessions.length === 1) return column(this.sessions[0]!);
    const out = new Float64Array(this.count);
    this.sessions.forEach((data, i) => out.set(column(data), this.firsts[i]));
    return out;
  }

  place(row: number): Place {
    let i = this.firsts.length - 1;
    while (i > 0 && this.firsts[i]! > row) i--;
    return { data: this.sessions[i]!, row: row - this.firsts[i]! };
  }

  /** The row of a trial of a session; nothing where the view does not have it. */
  rowOf(session: number, row: number): number | undefined {
    const at = this.sessions.findIndex((data) => data.index === session);
    return at < 0 || row >= this.sessions[at]!.count ? undefined : this.firsts[at]! + row;
  }

  /** Sessions by group, in the order of the document. */
  groups(): Map<string, SessionData[]> {
    const groups = new Map<string, SessionData[]>();
    for (const data of this.sessions) {
      const group = groups.get(data.session.group);
      if (group) group.push(data);
      else groups.set(data.session.group, [data]);
    }
    return groups;
  }

  /** Whether the first value is preferred to the second. */
  better(first: number, second: number): boolean {
    return this.maximize ? first > second : first < second;
  }

  /** The best valid value of some rows, or of all; NaN for none. */
  bestValue(rows?: Iterable<number>): number {
    let best = NaN;
    const take = (row: number) => {
      const value = this.value[row]!;
      if (this.verdict[row] === 0 && !Number.isNaN(value) && !(best === best && !this.better(value, best)))
        best = value;
    };
    if (rows) for (const row of rows) take(row);
    else for (let row = 0; row < this.count; row++) take(row);
    return best;
  }

  rules(): Rule[] {
    return (this.report.rules ?? []).filter((rule) => rule.space === this.task.space);
  }

  /** `KNOB=VALUE` for each knob. */
  private assignments(row: number): string[] {
    return this.space.knobs.map((knob, k) => `${knob.name}=${knob.values[this.choices[k]![row]!] ?? "?"}`);
  }

  configText(row: number): string {
    return this.assignments(row).join(" ");
  }

  message(row: number): string {
    const { data, row: at } = this.place(row);
    const code = data.message[at]!;
    return code ? (data.session.messages[code - 1] ?? "") : "";
  }

  device(row: number): string {
    const { data, row: at } = this.place(row);
    const code = data.device[at]!;
    return code ? (data.session.devices[code - 1] ?? "") : "";
  }

  proposer(row: number): string {
    const { data, row: at } = this.place(row);
    const code = data.proposer[at]!;
    return code ? (data.session.proposers?.[code - 1] ?? "") : "";
  }

  number(row: number): number {
    const { data, row: at } = this.place(row);
    return data.number[at]!;
  }

  command(row: number): string {
    const { data } = this.place(row);
    const template = data.session.repeat_command;
    if (!template) return "";
    return template.replaceAll(/\{(number|config)\}/g, (_, what) =>
      what === "number" ? String(this.number(row)) : this.assignments(row).map(shellWord).join(" "),
    );
  }
}

export type Reach = "always" | "sometimes" | "never";

/** What a rule says of one combination of the values of two knobs: it holds for all values of its other knobs, for some, or
 * for none. Nothing where a condition has no truth table. */
export function reachOf(
  rule: Rule,
  space: Space,
  first: number,
  firstValue: number,
  second: number,
  secondValue: number,
): Reach | undefined {
  let reach: Reach = "always";
  for (const condition of rule.conditions) {
    const one = reachOfCondition(condition, space, first, firstValue, second, secondValue);
    if (!one) return undefined;
    if (one === "never") return "never";
    if (one === "sometimes") reach = "sometimes";
  }
  return reach;
}

const tables = new WeakMap<object, Uint8Array>();

function reachOfCondition(
  condition: Rule["conditions"][number],
  space: Space,
  first: number,
  firstValue: number,
  second: number,
  secondValue: number,
): Reach | undefined {
  if (!condition.knobs || !condition.holds) return undefined;
  let bits = tables.get(condition);
  if (!bits) tables.set(condition, (bits = bytesOf(condition.holds)));
  const sizes = condition.knobs.map((knob) => space.knobs[knob]?.values.length ?? 0);
  let some = false;
  let all = true;
  const walk = (depth: number, index: number, stride: number): void => {
    if (depth === sizes.length) {
      if (bitAt(bits, index)) some = true;
      else all = false;
      return;
    }
    const knob = condition.knobs![depth]!;
    const size = sizes[depth]!;
    if (knob === first) walk(depth + 1, index + firstValue * stride, stride * size);
    else if (knob === second) walk(depth + 1, index + secondValue * stride, stride * size);
    else for (let value = 0; value < size; value++) walk(depth + 1, index + value * stride, stride * size);
  };
  walk(0, 0, 1);
  return all && some ? "always" : some ? "sometimes" : "never";
}

/** The knobs that a rule speaks of, as far as its conditions say. */
export function knobsOf(rule: Rule): number[] {
  return [...new Set(rule.conditions.flatMap((condition) => condition.knobs ?? []))];
}

function appended(old: Numbers | undefined, more: Numbers | undefined): Numbers | undefined {
  if (!old || !more) return undefined;
  const out = new Float64Array(old.length + more.length);
  out.set(old);
  out.set(more, old.length);
  return out;
}

/** The session with the rows of an event added, or nothing where they do not follow the rows that it has. */
export function append(data: SessionData, event: Append): SessionData | undefined {
  if (event.from !== data.count) return undefined;
  const session: Session = {
    ...data.session,
    counts: event.counts,
    best: event.best ?? data.session.best,
    ending: event.ending ?? data.session.ending,
    messages: [...data.session.messages, ...(event.messages ?? [])],
    devices: [...data.session.devices, ...(event.devices ?? [])],
    proposers: [...(data.session.proposers ?? []), ...(event.proposers ?? [])],
  };
  const more = decodeSession({ ...session, trials: withNumbers(event.trials, event.from) }, data.index);
  return {
    index: data.index,
    session,
    count: data.count + more.count,
    verdict: appended(data.verdict, more.verdict)!,
    value: appended(data.value, more.value)!,
    choices: data.choices.map((choices, knob) => appended(choices, more.choices[knob]!)!),
    number: appended(data.number, more.number)!,
    measured: appended(data.measured, more.measured)!,
    message: appended(data.message, more.message)!,
    device: appended(data.device, more.device)!,
    proposer: appended(data.proposer, more.proposer)!,
    sameCode: appended(data.sameCode, more.sameCode)!,
    finished: appended(data.finished, more.finished),
    build: appended(data.build, more.build),
    run: appended(data.run, more.run),
  };
}

/** Rows without numbers are numbered by their place, which of appended ones does not begin at 0. */
function withNumbers(trials: Trials, from: number): Trials {
  if (trials.number) return trials;
  const bytes = new Uint8Array(Uint32Array.from({ length: trials.count }, (_, i) => from + i).buffer);
  return { ...trials, number: { type: "u32", data: btoa(String.fromCharCode(...bytes)) } };
}
