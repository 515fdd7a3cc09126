import { chmodSync, copyFileSync, statSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import type { Report } from "../src/schema.ts";
import { Browsing, openTables, pointsOf, seriousFindings, showAll, until, type Opened } from "./browser.ts";
import { Folder, TAMIS, WHERE } from "./tamis.ts";

const browsing = new Browsing();
let opened: Opened | undefined;

beforeAll(() => (TAMIS ? browsing.start() : undefined));
afterAll(() => browsing.stop());
afterEach(async () => {
  await opened?.page.context().close();
  opened = undefined;
});

interface Shown {
  trials: number;
  invalid: number;
  measurements: number;
  shown: { number: number; verdict: string; latency_ns: number | null; message: string }[];
}

/** Opens a page and brings all of it into sight; nothing may have gone wrong, nothing been asked of the network. */
async function openWhole(address: string): Promise<Page> {
  opened = await browsing.visit(address);
  await showAll(opened.page);
  expect(opened.errors).toEqual([]);
  expect(opened.requests).toEqual([address]);
  return opened.page;
}

const clipboard = (page: Page) => page.evaluate("navigator.clipboard.readText()") as Promise<string>;

/** The command that a button of the page puts on the clipboard. */
async function copied(page: Page, inside: string): Promise<string> {
  await page.evaluate("document.getElementById('announcer').textContent = ''");
  await page.locator(`${inside} button`, { hasText: "Copy command" }).click();
  await until(page, "document.getElementById('announcer').textContent === 'Copied'");
  return clipboard(page);
}

interface Best {
  workloads: { best: { verdict: string; value: number } | null; summary: Record<string, number> }[];
}

describe.skipIf(!TAMIS)(`A page of a layer on VTA${WHERE}`, () => {
  const folder = new Folder();
  let address: string;
  let log: Shown;
  let document: Report;

  beforeAll(async () => {
    const tune = ["tune", "resnet18.C11", "--target", "vta", "--strategy", "random", "--trials", "60"];
    await folder.tamis([...tune, "--seed", "3", "--log", "vta.tamis", "--quiet"]);
    address = await folder.report("vta.tamis");
    log = await folder.json(["show", "vta.tamis", "--session", "1"]);
    document = folder.document();
  });
  afterAll(() => folder.remove());

  test("has in each chart what the log has", async () => {
    const page = await openWhole(address);
    expect(await folder.sqlite("vta.tamis", "SELECT count(*) FROM trials")).toBe(String(log.trials));
    expect(await pointsOf(page, "trials", "Latency of every trial")).toBe(log.trials);
    expect(await pointsOf(page, "parallel", "Parallel")).toBe(log.trials - log.invalid);
    expect(await pointsOf(page, "devices", "Trials by device")).toBe(log.trials);
    const space = await folder.json<{ knobs: unknown[] }>(["space", "resnet18.C11", "--target", "vta"]);
    const values = document.spaces[0]!.knobs.reduce((sum, knob) => sum + knob.values.length, 0);
    expect(document.spaces[0]!.knobs.length).toBe(space.knobs.length);
    expect(await pointsOf(page, "invalid", "By the value of a knob")).toBe(values);
    expect(await pointsOf(page, "engines", "Use of the engines")).toBe(4);
    expect(await pointsOf(page, "roofline", "VTA")).toBe(2);
    expect(await page.locator("#table .trials").getAttribute("data-rows")).toBe(String(log.trials));
  });

  test("has its best, and its counts of verdicts", async () => {
    const page = await openWhole(address);
    const valid = log.shown.filter((trial) => trial.verdict === "valid");
    const best = Math.min(...valid.map((trial) => trial.latency_ns!));
    const text = (await page.locator("#glance").innerText()).replaceAll("\u00a0", " ");
    expect(text).toContain(`The best config takes ${(best / 1e6).toPrecision(4)} ms`);
    expect(text).toContain(`${log.measurements} measurements`);
    const failed = log.shown.filter((trial) => trial.verdict === "resource_exceeded").length;
    expect(failed).toBeGreaterThan(0);
    expect(text).toContain(`resource exceeded ${failed}`);
  });

  test("has no serious finding of axe-core", async () => {
    expect(await seriousFindings(await openWhole(address))).toEqual([]);
  });

  test("gives a command that tries its best again, to the same latency", async () => {
    const page = await openWhole(address);
    const line = await copied(page, "#glance");
    const { code, out, said } = await folder.paste(`${line} --json`);
    expect(said).not.toContain("error");
    expect(code).toBe(0);
    const best = Math.min(...log.shown.map((trial) => trial.latency_ns ?? Infinity));
    expect((JSON.parse(out) as Best).workloads[0]!.best!.value).toBe(best);
  });

  test("gives a command that fails again as its trial did", async () => {
    const page = await openWhole(address);
    await page.locator("#table select").selectOption({ label: "resource exceeded" });
    await page.locator("#table .row").first().click();
    const card = await page.locator("#table .detail-card").innerText();
    const number = Number(/^Trial (\d+)/.exec(card)![1]);
    const { code, out } = await folder.paste(`${await copied(page, "#table")} --json`);
    expect(code).toBe(1);
    const message = log.shown.find((trial) => trial.number === number)!.message;
    expect(out).toContain(JSON.stringify(message));
    expect((JSON.parse(out) as Best).workloads[0]!.best).toBeNull();
  });
});

describe.skipIf(!TAMIS)(`A page of several workloads and strategies${WHERE}`, () => {
  const folder = new Folder();
  afterAll(() => folder.remove());

  test("has a choice of them, and a program of each", async () => {
    const tune = ["tune", "--target", "vta", "--trials", "8", "--log", "net.tamis", "--quiet"];
    await folder.tamis([...tune, "resnet18.C10", "resnet18.C11"]);
    await folder.tamis([...tune, "resnet18.C11", "--strategy", "genetic"]);
    const page = await openWhole(await folder.report("net.tamis"));
    await page.locator("#choices select").first().selectOption({ index: 1 });
    await showAll(page);
    expect(await pointsOf(page, "comparison", "Best value")).toBe(2);
    expect(await page.locator("#engines select option:checked").innerText()).toContain("resnet18.C11");
    expect(opened!.errors).toEqual([]);
  });
});

describe.skipIf(!TAMIS)(`A page of a layer on the CPU${WHERE}`, () => {
  const folder = new Folder();
  afterAll(() => folder.remove());

  test("shows its trials, its finals and its machine", async () => {
    const dense = "dense:n=16,ci=64,co=64";
    const tune = ["tune", dense, "--target", "cpu", "--trials", "6", "--log", "cpu.tamis", "--quiet"];
    await folder.tamis([...tune, "--finalists", "2"]);
    const page = await openWhole(await folder.report("cpu.tamis"));
    expect(await pointsOf(page, "trials", "Latency of every trial")).toBe(6);
    expect(await page.locator("#glance .finals tbody tr").count()).toBeGreaterThan(0);
    expect(await page.locator("#how").innerText()).toContain("cpu");
  });

  test("is made of a network too, whose layers it adds up", async () => {
    const model = fileURLToPath(new URL("../../examples/networks/small.onnx", import.meta.url));
    copyFileSync(model, folder.file("small.onnx"));
    const tune = [
      "tune",
      "small.onnx",
      "--target",
      "cpu",
      "--trials",
      "12",
      "--log",
      "small.tamis",
      "--quiet",
    ];
    await folder.tamis([...tune, "--finalists", "0"]);
    const page = await openWhole(await folder.report("small.tamis"));
    const { layers } = folder.document().networks![0]!;
    expect(layers.length).toBeGreaterThan(0);
    expect(await pointsOf(page, "network", "small")).toBe(layers.length);
  });
});

/** A program that says what no one should print, and fails in every way. */
const PROGRAM = `#!/bin/sh
case "$1" in
  0) echo "latency $2" ;;
  1) printf '\\033[2J\\033]0;owned\\007 </script><img src=x onerror=window.hacked=1> \\342\\200\\250 \\377\\376 \\001\\n' >&2; exit 3 ;;
  2) kill -9 $$ ;;
esac
`;

const NAMES = ["</script><script>hacked()</script>", "<b onclick>'\"`$(touch hacked)"];
const VALUES = [
  "<img src=x onerror=window.hacked=1>",
  "'\"`$(touch hacked)",
  "a\u2028b\u2029c",
  "&amp; <!-- ]]>",
  "%TAMIS_DATA% $& $1",
];

function hostileSpace(folder: Folder, ways: number[]): void {
  const knobs = Object.fromEntries([
    ["way", ways],
    ["time", [30, 10, 20]],
    ...NAMES.map((name) => [name, VALUES]),
  ]) as Record<string, unknown>;
  const program = {
    run: ["./program", "{way}", "{time}"],
    latency: { pattern: "latency ([0-9]+)", unit: "us" },
  };
  folder.write("space.json", JSON.stringify({ tamis: 1, knobs, program }));
  folder.write("program", PROGRAM);
  chmodSync(folder.file("program"), 0o755);
}

describe.skipIf(!TAMIS)(`A page of a program of the user's${WHERE}`, () => {
  const folder = new Folder();
  afterAll(() => folder.remove());
  const tune = ["tune", "space.json", "--target", "command", "--finalists", "0", "--quiet"];

  test("shows names and messages as text, and gives commands that are safe to paste", async () => {
    hostileSpace(folder, [0, 1, 2]);
    await folder.tamis([...tune, "--trials", "40", "--strategy", "random", "--log", "a.tamis"]);
    const page = await openWhole(await folder.report("a.tamis"));
    await openTables(page);
    await page.locator("#table .row").first().click();
    expect(await page.evaluate("window.hacked")).toBeUndefined();
    expect(await page.locator("main script, main img, main iframe").count()).toBe(0);
    expect(await pointsOf(page, "trials", "Latency of every trial")).toBe(40);
    const text = await page.locator("main").innerText();
    expect(text).not.toContain("\u001b");
    expect(text).toContain("onerror");
    const { code, out } = await folder.paste(`${await copied(page, "#table .detail-card")} --json`);
    expect(code).toBe(0);
    expect((JSON.parse(out) as Best).workloads[0]!.best!.value).toBe(10_000);
    expect(() => statSync(folder.file("hacked"))).toThrow();
  });

  test("says so where nothing was valid", async () => {
    hostileSpace(folder, [1, 2]);
    await folder.tamis([...tune, "--trials", "12", "--log", "none.tamis"], [1]);
    const page = await openWhole(await folder.report("none.tamis"));
    expect(await page.locator("#glance").innerText()).toContain("No trial was valid.");
    expect(await pointsOf(page, "trials", "Latency of every trial")).toBe(12);
  });

  test("says so where there are no trials, and no sessions", async () => {
    await folder.sqlite("none.tamis", "DELETE FROM trials");
    const page = await openWhole(await folder.report("none.tamis"));
    expect(await page.locator("#glance").innerText()).toContain("There are no trials yet.");
    await page.context().close();
    await folder.sqlite("none.tamis", "DELETE FROM sessions");
    await openWhole(await folder.report("none.tamis"));
  });
});
