/** A report of a program that means ill, or knows no better. */
import { VERDICTS, type Report } from "../../src/schema.ts";
import { knob, random, type MadeTrial } from "./search.ts";
import { sessionOf } from "./session.ts";

const HOSTILE = [
  "</script><script>window.hacked=1</script>",
  "<img src=x onerror=window.hacked=1>",
  "<!--",
  "-->",
  "]]>",
  "\u2028\u2029",
  "a&amp;b",
  "'\"`${window.hacked=1}",
  "\u202Egnp.exe",
  "\u0000\u0007",
  "%TAMIS_DATA%",
  "$& $1 $`",
];

/** Names and messages from a program that means ill, or knows no better. */
export function hostileReport(): Report {
  const knobs = HOSTILE.slice(0, 4).map((name, i) =>
    knob(name, "name", [HOSTILE[i + 4]!, HOSTILE[i + 5]!, "x".repeat(300)]),
  );
  const next = random(3);
  const made: MadeTrial[] = Array.from({ length: 60 }, (_, i) => {
    const verdict = VERDICTS[i % VERDICTS.length]!;
    return {
      verdict,
      value: verdict === "valid" ? [NaN, Infinity, 0, 1e300, 5][i % 5]! : NaN,
      message: verdict === "valid" ? "" : HOSTILE[i % HOSTILE.length]! + "y".repeat(i * 20),
      choice: knobs.map((one) => Math.floor(next() * one.values.length)),
      device: HOSTILE[i % 3]!,
      proposer: HOSTILE[i % 5]!,
      build: 1,
      run: 1,
      finished: i * 10,
    };
  });
  const session = sessionOf(made, {
    id: 1,
    group: HOSTILE[0]!,
    workload: HOSTILE[1]!,
    spec: HOSTILE[2],
    target: HOSTILE[0]!,
    space: 0,
    strategy: HOSTILE[1]!,
    seed: 0,
    devices: [],
    knobs,
  });
  return {
    schema: 1,
    product: { name: "tamis", version: HOSTILE[1]! },
    title: HOSTILE[0],
    spaces: [{ knobs }],
    sessions: [session],
    how: [{ what: HOSTILE[0]!, text: HOSTILE[1]! }],
    missing: [{ section: "importance", why: HOSTILE[1]! }],
  };
}
