import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import type { Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { Browsing, showAll, until, type Opened } from "./browser.ts";
import { Folder, TAMIS, WHERE } from "./tamis.ts";

const browsing = new Browsing();
const folder = new Folder();
const started: ChildProcess[] = [];
let opened: Opened | undefined;

/** Starts the command, and has it ended when the test is over. */
function start(...words: string[]): ChildProcess {
  const child = spawn(TAMIS!, words, { cwd: folder.path, stdio: ["ignore", "pipe", "ignore"] });
  started.push(child);
  return child;
}

/** Serves a log; the answer is the address that it prints. */
async function watch(log: string): Promise<string> {
  const child = start("watch", log, "--port", "0");
  let said = "";
  for await (const part of child.stdout!) {
    said += String(part);
    if (said.includes("\n")) break;
  }
  return said.trim();
}

/** A program that takes a while, so that there is something to look at while it is tuned. */
const TUNE = [
  "tune",
  "slow.json",
  "--target",
  "command",
  "--finalists",
  "0",
  "--quiet",
  "--log",
  "slow.tamis",
];
const SPACE = {
  tamis: 1,
  knobs: { a: "[i for i in range(0, 40)]", b: "[i for i in range(0, 40)]" },
  program: {
    run: "sleep 0.1; echo latency $((100 + {a} * {b}))",
    latency: { pattern: "latency ([0-9]+)", unit: "us" },
  },
};

const rows = "Number(document.querySelector('#table .trials')?.dataset.rows ?? 0)";

async function countAfter(page: Page, least: number): Promise<number> {
  await until(page, `${rows} >= ${least}`);
  return (await page.evaluate(rows)) as number;
}

beforeAll(async () => {
  if (!TAMIS) return;
  await browsing.start();
  folder.write("slow.json", JSON.stringify(SPACE));
});
afterEach(async () => {
  await opened?.page.context().close();
  opened = undefined;
  for (const child of started.splice(0))
    if (child.exitCode === null && child.signalCode === null) {
      child.kill("SIGKILL");
      await once(child, "exit");
    }
});
afterAll(async () => {
  await browsing.stop();
  folder.remove();
});

describe.skipIf(!TAMIS)(`A page that is watched while a program is tuned${WHERE}`, () => {
  test("grows, outlives the tuner, and goes on with the one that resumes", async () => {
    const address = await watch("slow.tamis");
    opened = await browsing.visit(address);
    const { page, errors } = opened;
    const tuner = start(...TUNE, "--trials", "400");
    await until(page, "document.querySelector('#glance').textContent.includes('The best config')");
    await showAll(page);
    const early = await countAfter(page, 3);
    const later = await countAfter(page, early + 3);
    tuner.kill("SIGKILL");
    await once(tuner, "exit");
    await page.waitForTimeout(1500);
    expect(await page.locator("#live").innerText()).toBe("live");
    const logged = Number(await folder.sqlite("slow.tamis", "SELECT count(*) FROM trials"));
    expect(await countAfter(page, logged)).toBe(logged);
    expect(logged).toBeGreaterThanOrEqual(later);
    start(...TUNE, "--trials", "400", "--resume");
    await countAfter(page, logged + 3);
    // What is out of sight is drawn again once it is in sight.
    await page.locator("#trials").scrollIntoViewIfNeeded();
    await until(page, `document.querySelector("#trials [data-points]").dataset.points > ${logged}`);
    expect(errors).toEqual([]);
  });
});
