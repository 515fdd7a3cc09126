/** A session of made-up trials, in the columns of a document. */
import { encodeColumn } from "../../src/decode.ts";
import { VERDICTS, type Knob, type Session } from "../../src/schema.ts";
import type { MadeTrial } from "./search.ts";

export const START = Date.UTC(2026, 10, 2, 9, 30);

export interface SessionOptions {
  id: number;
  group: string;
  workload: string;
  spec?: string;
  target: string;
  space: number;
  strategy: string;
  seed: number;
  log?: string;
  bound_ns?: number;
  devices: string[];
  knobs: Knob[];
}

/** Texts by their position, plus one. */
function interned(): { code: (text: string) => number; texts: string[] } {
  const codes = new Map<string, number>();
  const texts: string[] = [];
  return {
    texts,
    code: (text) => {
      if (!text) return 0;
      let code = codes.get(text);
      if (!code) codes.set(text, (code = texts.push(text)));
      return code;
    },
  };
}

export function sessionOf(made: MadeTrial[], options: SessionOptions): Session {
  const messages = interned();
  const devices = interned();
  const proposers = interned();
  const codes = {
    message: made.map((trial) => messages.code(trial.message)),
    device: made.map((trial) => devices.code(trial.device)),
    proposer: made.map((trial) => proposers.code(trial.proposer)),
  };
  const small = (most: number) => (most < 256 ? "u8" : most < 65536 ? "u16" : "u32");
  const valid = made.map((trial, row) => ({ trial, row })).filter(({ trial }) => trial.verdict === "valid");
  const best = valid
    .filter(({ trial }) => Number.isFinite(trial.value))
    .reduce<(typeof valid)[number] | undefined>(
      (least, one) => (!least || one.trial.value < least.trial.value ? one : least),
      undefined,
    );
  const rejected = made.filter((trial) =>
    ["build_failed", "build_timeout", "resource_exceeded"].includes(trial.verdict),
  ).length;
  const config = (choice: number[]) =>
    options.knobs.map((one, k) => `${one.name}=${one.values[choice[k]!]}`).join(" ");
  const repeat = `tamis program ${options.workload} --target ${options.target} --config {config}`;
  return {
    id: options.id,
    log: options.log ?? "tuning.db",
    group: options.group,
    workload: options.workload,
    spec: options.spec,
    target: options.target,
    target_identity: `${options.target} 0.0.2 pynq 1x16x16`,
    space: options.space,
    strategy: options.strategy,
    initializer: "diverse",
    seed: String(options.seed),
    batch: 8,
    bound_ns: options.bound_ns,
    started_unix_ms: START + options.id * 60_000,
    ending: "trials",
    default: made[0] && {
      verdict: made[0].verdict,
      value: made[0].verdict === "valid" && Number.isFinite(made[0].value) ? made[0].value : undefined,
      number: 0,
      message: made[0].message || undefined,
    },
    counts: {
      trials: made.length,
      measurements: made.length - rejected,
      rejected_builds: rejected,
      invalid: made.length - valid.length,
      same_code: 0,
      flaky: 0,
    },
    best: best && {
      value: best.trial.value,
      row: best.row,
      number: best.row,
      config: config(best.trial.choice),
      from: "trial",
      command: repeat.replace("{config}", config(best.trial.choice)),
    },
    repeat_command: repeat,
    messages: messages.texts,
    devices: devices.texts,
    proposers: proposers.texts,
    trials: {
      count: made.length,
      choices: options.knobs.map((one, k) =>
        encodeColumn(
          made.map((trial) => trial.choice[k]!),
          small(one.values.length),
        ),
      ),
      verdict: encodeColumn(
        made.map((trial) => VERDICTS.indexOf(trial.verdict)),
        "u8",
      ),
      value: encodeColumn(
        made.map((trial) => trial.value),
        "f32",
      ),
      message: encodeColumn(codes.message, small(messages.texts.length + 1)),
      device: encodeColumn(codes.device, "u8"),
      proposer: encodeColumn(codes.proposer, "u8"),
      finished_ms: encodeColumn(
        made.map((trial) => Math.round(trial.finished)),
        "i32",
        true,
      ),
      build_us: encodeColumn(
        made.map((trial) => trial.build * 1000),
        "f32",
      ),
      run_us: encodeColumn(
        made.map((trial) => trial.run * 1000),
        "f32",
      ),
    },
  };
}
