/** The document that the library gives the page, as schema/report.schema.json defines it. */

/** Verdicts in the order of their codes in `trials.verdict`. */
export const VERDICTS = [
  "valid",
  "rejected",
  "build_failed",
  "build_timeout",
  "resource_exceeded",
  "launch_failed",
  "run_failed",
  "crashed",
  "run_timeout",
  "wrong_result",
  "device_lost",
] as const;
export type Verdict = (typeof VERDICTS)[number];

export type ElementType = "u8" | "u16" | "u32" | "i32" | "f32" | "f64";

/** A column of numbers: little-endian elements in base64, or one number for all rows. */
export type Column = { type: ElementType; data: string; delta?: boolean } | { all: number };

export interface Knob {
  name: string;
  kind: "number" | "name" | "split";
  /** The values as users read and write them. */
  values: string[];
}

export interface Space {
  knobs: Knob[];
  /** The number of configs that the constraints leave, in decimal. */
  size?: string;
  constraints?: string[];
  unchosen?: { knob: number; value: number; why: string }[];
}

export interface Objective {
  name: string;
  unit: string;
  direction: "minimize" | "maximize";
}

export interface Counts {
  trials: number;
  measurements: number;
  rejected_builds: number;
  invalid: number;
  same_code?: number;
  flaky?: number;
}

export interface Best {
  value: number;
  low?: number;
  high?: number;
  /** The row of the trial in `trials`. */
  row?: number;
  number?: number;
  config: string;
  command?: string;
  from: "trial" | "finals";
  probability_best?: number;
  probability_within?: number;
  within?: number;
}

export interface Trials {
  count: number;
  /** A column per knob: the position of the value that each trial chose. */
  choices: Column[];
  verdict: Column;
  /** The median of the samples in the unit of the objective; NaN unless valid. */
  value: Column;
  number?: Column;
  measured?: Column;
  /** Position in `messages`, plus one; 0 for none. Likewise `device` and `proposer`. */
  message?: Column;
  device?: Column;
  proposer?: Column;
  /** Milliseconds after the session's `started_unix_ms`. */
  finished_ms?: Column;
  build_us?: Column;
  run_us?: Column;
  /** The number, plus one, of the trial whose code it shares; 0 for none. */
  same_code_as?: Column;
}

export interface Final {
  number: number;
  verdict: Verdict;
  value?: number;
  low?: number;
  high?: number;
  runs: number;
  probability_best?: number;
  config?: string;
  message?: string;
}

export interface DeviceEvent {
  ms: number;
  device: string;
  kind: string;
  message?: string;
}

export interface Session {
  id: number;
  log: string;
  /** Sessions of one group differ in the seed alone. */
  group: string;
  workload: string;
  spec?: string;
  target: string;
  target_identity?: string;
  space: number;
  strategy: string;
  initializer?: string;
  seed: string;
  batch?: number;
  objective?: Objective;
  bound_ns?: number;
  default?: { value?: number; verdict: Verdict; number?: number; message?: string };
  started_unix_ms?: number;
  ending?: string;
  counts: Counts;
  best?: Best;
  repeat_command?: string;
  trials: Trials;
  messages: string[];
  devices: string[];
  proposers?: string[];
  finals?: Final[];
  device_events?: DeviceEvent[];
}

/** A condition of a rule, with a truth table over the knobs that it is about. */
export interface Condition {
  text: string;
  knobs?: number[];
  /** A bit per combination of the knobs' values, least significant first, the first knob varying fastest, in base64. */
  holds?: string;
}

export interface Rule {
  space: number;
  verdict: Verdict | "invalid";
  text: string;
  conditions: Condition[];
  covers: number;
  of: number;
  precision: number;
  at_least?: number;
  valid_lost?: number;
}

export interface Importance {
  space: number;
  of: string;
  method: string;
  trials: number;
  fit?: number;
  single: { knob: number; share: number; deviation?: number }[];
  pairs?: { knobs: [number, number]; share: number }[];
  marginals?: { knob: number; mean: (number | null)[]; deviation?: (number | null)[] }[];
  contours?: { knobs: [number, number]; mean: (number | null)[] }[];
}

export interface Layer {
  name: string;
  operator?: string;
  times: number;
  value_ns: number | null;
  default_ns?: number | null;
  bound_ns?: number | null;
  device?: string;
  session?: number;
}

export interface Network {
  name: string;
  total_ns?: number;
  default_total_ns?: number;
  layers: Layer[];
  note?: string;
}

export interface Engine {
  name: string;
  /** Cycles by what the engine did; the keys are words for people. */
  parts: { name: string; cycles: number }[];
  on_path?: number;
}

export interface Program {
  title: string;
  cycles: number;
  clock_mhz?: number;
  floor_cycles?: number;
  sentence?: string;
  hints?: string[];
  engines: Engine[];
  timeline?: {
    kinds: { name: string; waits?: boolean }[];
    rows: { engine: string; start: Column; length: Column; kind: Column }[];
  };
}

export interface Roofline {
  machine: string;
  performance_unit: string;
  intensity_unit: string;
  roofs: { name: string; performance: number }[];
  slopes: { name: string; per_intensity: number }[];
  points: { label: string; intensity: number; performance: number; group?: string }[];
  note?: string;
}

export interface Report {
  schema: 1;
  product: { name: string; version: string };
  title?: string;
  generated_unix_ms?: number;
  spaces: Space[];
  sessions: Session[];
  rules?: Rule[];
  importance?: Importance[];
  networks?: Network[];
  programs?: Program[];
  rooflines?: Roofline[];
  /** How each number was made. */
  how?: { what: string; text: string }[];
  /** Sections that are left out, and why. */
  missing?: { section: SectionName; why: string }[];
  /** Only in the page of `tamis watch`: addresses below the page's own. */
  live?: { events: string; document: string; after?: string };
}

export type SectionName =
  | "progress"
  | "trials"
  | "invalid"
  | "importance"
  | "parallel"
  | "devices"
  | "comparison"
  | "network"
  | "engines"
  | "roofline"
  | "table"
  | "how";

/** What an event `append` of the live page brings: rows at the end of a session, and what changed with them. */
export interface Append {
  session: number;
  /** The number of rows before these. If the page has another number, it loads the whole document. */
  from: number;
  trials: Trials;
  messages?: string[];
  devices?: string[];
  proposers?: string[];
  counts: Counts;
  best?: Best;
  ending?: string;
}
