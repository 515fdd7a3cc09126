import { expect, test } from "vitest";
import { encodeColumn } from "../src/decode.ts";
import { testOf } from "../src/filter.ts";
import { append, decodeSession, reachOf, shellWord, tasksOf, View } from "../src/model.ts";
import { VERDICTS } from "../src/schema.ts";
import { chosenTrials, condition, emptyReport, oneTrialReport, vtaReport } from "./samples.ts";

const report = vtaReport({ trials: 60, seeds: 2 });
const sessions = report.sessions.map(decodeSession);
const view = new View(report, tasksOf(sessions)[0]!);

test("Sessions of one workload, target and space are one task", () => {
  expect(tasksOf(sessions).map((task) => [task.name, task.sessions.length])).toEqual([
    ["resnet18.C2 on vta", 4],
  ]);
});

test("A view of all sessions has their trials one after another", () => {
  expect(view.count).toBe(240);
  const place = view.place(61);
  expect([place.data.index, place.row]).toEqual([1, 1]);
  expect(view.verdict[61]).toBe(sessions[1]!.verdict[1]);
});

test("A view of one session has its trials alone", () => {
  expect(new View(report, tasksOf(sessions)[0]!, 2).sessions.map((data) => data.index)).toEqual([2]);
});

test("The best value is that of the best session", () => {
  expect(view.bestValue()).toBeCloseTo(
    Math.min(...report.sessions.map((session) => session.best!.value)),
    -3,
  );
});

test("A trial has its config, message and command", () => {
  const row = view.verdict.findIndex((code) => code !== 0);
  expect(view.configText(row)).toMatch(/^tile_h=\d+ tile_w=\d+ .*epilogue=\w+$/);
  expect(view.message(row)).not.toBe("");
  expect(view.command(row)).toBe(`tamis program resnet18.C2 --target vta --config ${view.configText(row)}`);
});

test("What a shell would read as more than a word is quoted in commands", () => {
  expect(shellWord("tile_h=7")).toBe("tile_h=7");
  expect(shellWord("a=; rm -rf ~")).toBe("'a=; rm -rf ~'");
  expect(shellWord("it's")).toBe(String.raw`'it'\''s'`);
  expect(shellWord("")).toBe("''");
});

test("Where a log does not say what was measured, the verdict does", () => {
  const measured = sessions[0]!.measured;
  sessions[0]!.verdict.forEach((code, row) =>
    expect(measured[row]).toBe(["build_failed", "resource_exceeded"].includes(VERDICTS[code]!) ? 0 : 1),
  );
});

test("A rule about a pair holds always, sometimes or never in a cell", () => {
  const space = {
    knobs: [
      { name: "a", kind: "number" as const, values: ["1", "4"] },
      { name: "b", kind: "number" as const, values: ["1", "4"] },
      { name: "c", kind: "number" as const, values: ["1", "2"] },
    ],
  };
  const rule = {
    space: 0,
    verdict: "crashed" as const,
    text: "",
    covers: 1,
    of: 1,
    precision: 1,
    conditions: [condition(space, [0, 1, 2], "", (a, b, c) => a! * b! * c! > 7)],
  };
  expect(reachOf(rule, space, 0, 1, 1, 1)).toBe("always");
  expect(reachOf(rule, space, 0, 1, 1, 0)).toBe("sometimes");
  expect(reachOf(rule, space, 0, 0, 1, 0)).toBe("never");
  expect(reachOf({ ...rule, conditions: [{ text: "no table" }] }, space, 0, 0, 1, 0)).toBeUndefined();
});

test("Rows that follow are added with their texts", () => {
  const old = decodeSession(emptyReport().sessions[0]!, 0);
  const more = oneTrialReport().sessions[0]!;
  const next = append(old, {
    session: 0,
    from: 0,
    trials: more.trials,
    devices: more.devices,
    proposers: more.proposers,
    counts: more.counts,
  })!;
  expect([next.count, next.session.counts.trials, next.session.devices]).toEqual([1, 1, ["vta0"]]);
  const again = append(next, {
    session: 0,
    from: 1,
    trials: more.trials,
    counts: { ...more.counts, trials: 2 },
  })!;
  expect([...again.number]).toEqual([0, 1]);
});

test("Rows that do not follow are refused", () => {
  const old = decodeSession(oneTrialReport().sessions[0]!, 0);
  expect(
    append(old, {
      session: 0,
      from: 0,
      trials: oneTrialReport().sessions[0]!.trials,
      counts: old.session.counts,
    }),
  ).toBeUndefined();
});

test("A column with another number of rows is an error that names the session", () => {
  const session = oneTrialReport().sessions[0]!;
  session.trials.verdict = encodeColumn([0, 0], "u8");
  expect(() => decodeSession(session, 0)).toThrow(/verdict of session 1 has 2 rows instead of 1/);
});

test("A filter compares knobs exactly", () => {
  const kept = [...Array(view.count).keys()].filter(testOf(view, "tile_h=8", -1));
  expect(kept.length).toBe(chosenTrials(view, "tile_h", "8"));
  expect(kept.length).toBeGreaterThan(0);
});

test("A filter finds words of messages, whatever their case, and verdicts", () => {
  const kept = [...Array(view.count).keys()].filter(
    testOf(view, "ACCUMULATOR", VERDICTS.indexOf("resource_exceeded")),
  );
  expect(kept.length).toBeGreaterThan(0);
  for (const row of kept) expect(view.message(row)).toContain("accumulator");
});

test("A filter by a value that a knob does not have finds nothing", () => {
  expect([...Array(view.count).keys()].filter(testOf(view, "tile_h=3", -1))).toEqual([]);
});
