/** Reports with little in them: no trials, one, none valid, an objective of one's own. */
import type { Report, Verdict } from "../../src/schema.ts";
import { VTA_KNOBS, knob, type MadeTrial } from "./search.ts";
import { sessionOf } from "./session.ts";

function plainSession(made: MadeTrial[], knobs = VTA_KNOBS.slice(0, 6)): Report {
  return {
    schema: 1,
    product: { name: "tamis", version: "0.2.0" },
    spaces: [
      { knobs, unchosen: [{ knob: 0, value: 7, why: "the declared constraint tile_h < 56 excludes it" }] },
    ],
    sessions: [
      sessionOf(made, {
        id: 1,
        group: "tamis",
        workload: "resnet18.C2",
        target: "vta",
        space: 0,
        strategy: "tamis",
        seed: 0,
        devices: ["vta0"],
        knobs,
      }),
    ],
    missing: [{ section: "importance", why: "Knob importance needs at least 20 valid trials." }],
  };
}

function trial(verdict: Verdict, value: number, choice = [0, 0, 0, 0, 0, 0]): MadeTrial {
  return {
    verdict,
    value,
    choice,
    message: verdict === "valid" ? "" : "driver: no such board",
    device: "vta0",
    proposer: "tamis",
    build: 1,
    run: 2,
    finished: 10,
  };
}

export const emptyReport = (): Report => plainSession([]);
export const oneTrialReport = (): Report => plainSession([trial("valid", 1_234_000)]);
export const nothingValidReport = (): Report => ({
  ...plainSession(
    Array.from({ length: 40 }, (_, i) =>
      trial(i % 3 ? "run_failed" : "crashed", NaN, [i % 7, i % 5, i % 4, i % 5, i % 2, 0]),
    ),
  ),
  // A layer whose bound is known and nothing else.
  networks: [{ name: "net", layers: [{ name: "conv", times: 2, value_ns: null, bound_ns: 5000 }] }],
});
export const noSessionsReport = (): Report => ({
  schema: 1,
  product: { name: "tamis", version: "0.2.0" },
  spaces: [],
  sessions: [],
});

/** A user's own objective, which is maximised. */
export function objectiveReport(): Report {
  const report = plainSession(
    Array.from({ length: 50 }, (_, i) =>
      trial("valid", 100 + ((i * 37) % 50), [i % 8, i % 7, i % 4, i % 5, i % 2, i % 2]),
    ),
  );
  const session = report.sessions[0]!;
  session.objective = { name: "throughput", unit: "images/s", direction: "maximize" };
  session.default!.value = 100;
  session.best!.value = 149;
  return report;
}

/** Knobs of so many values that not all of them have room. */
export function wideReport(): Report {
  const values = Array.from({ length: 1000 }, (_, i) => i);
  const knobs = [knob("width", "number", values), knob("height", "number", values)];
  const trials = Array.from({ length: 60 }, (_, i) =>
    trial(i % 5 ? "valid" : "crashed", i % 5 ? 1e6 + i : NaN, [(i * 37) % 1000, (i * 101) % 1000]),
  );
  return plainSession(trials, knobs);
}
