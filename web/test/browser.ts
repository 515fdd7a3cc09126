/** Pages in a real browser, and what went wrong in them. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { chromium, type Browser, type Page } from "playwright-core";
import type { Report } from "../src/schema.ts";
import { pageOf } from "./samples.ts";

const EXECUTABLE = process.env.CHROMIUM ?? "/usr/bin/chromium";

/** Longer than anything takes on a machine that much else runs on. */
const PATIENCE_MS = 60_000;

export interface Opened {
  page: Page;
  errors: string[];
  requests: string[];
}

export class Browsing {
  private browser?: Browser;
  private readonly folder = mkdtempSync(join(tmpdir(), "tamis-report-"));
  private readonly template = readFileSync(new URL("../dist/report.html", import.meta.url), "utf8");

  async start(): Promise<void> {
    this.browser = await chromium.launch({ executablePath: EXECUTABLE, chromiumSandbox: false });
  }

  async stop(): Promise<void> {
    await this.browser?.close();
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** A page of a document, opened as a file. */
  async open(report: Report, options: { width?: number; dark?: boolean } = {}): Promise<Opened> {
    const path = join(this.folder, "report.html");
    writeFileSync(path, pageOf(this.template, report));
    return this.visit(pathToFileURL(path).toString(), options);
  }

  async visit(address: string, options: { width?: number; dark?: boolean } = {}): Promise<Opened> {
    const context = await this.browser!.newContext({
      viewport: { width: options.width ?? 1280, height: 900 },
      colorScheme: options.dark ? "dark" : "light",
      permissions: ["clipboard-read", "clipboard-write"],
    });
    const page = await context.newPage();
    page.setDefaultTimeout(PATIENCE_MS);
    const errors: string[] = [];
    const requests: string[] = [];
    page.on("console", (message) => {
      if (["error", "warning"].includes(message.type())) errors.push(message.text());
    });
    page.on("pageerror", (error) => errors.push(error.message));
    page.on("dialog", (dialog) => {
      errors.push(`dialog: ${dialog.message()}`);
      void dialog.dismiss();
    });
    page.on("request", (request) => {
      if (!request.url().startsWith("data:")) requests.push(request.url());
    });
    await page.goto(address);
    await until(
      page,
      "performance.getEntriesByName('tamis:ready').length > 0 || !!document.querySelector('[role=alert]')",
    );
    return { page, errors, requests };
  }
}

/** Waits for a condition of the page. Its policy forbids the evaluation of text, which the waiting of Playwright relies on. */
export async function until(page: Page, condition: string): Promise<void> {
  const end = Date.now() + PATIENCE_MS;
  while (Date.now() < end) {
    if (await page.evaluate(condition)) return;
    await page.waitForTimeout(50);
  }
  throw new Error(`it did not come to this within ${PATIENCE_MS / 1000} s: ${condition}`);
}

/** Waits until an attribute of the first element of a selector has a value. */
export async function untilAttribute(
  page: Page,
  selector: string,
  name: string,
  value: string,
): Promise<void> {
  const [where, what] = [selector, name].map((text) => JSON.stringify(text));
  await until(page, `document.querySelector(${where}).getAttribute(${what}) === ${JSON.stringify(value)}`);
}

/** Brings each section into sight, so that it is drawn. */
export async function showAll(page: Page): Promise<void> {
  for (const section of await page.locator("main > section").all()) {
    if (!(await section.isVisible())) continue;
    await section.scrollIntoViewIfNeeded();
    const id = await section.getAttribute("id");
    if (id !== "glance") await page.waitForSelector(`#${id}[data-drawn]`);
  }
  await until(page, "[...document.querySelectorAll('.plot')].every((plot) => plot.querySelector('canvas'))");
  await page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))");
}

/** The number of points that the chart of a figure says it shows. */
export async function pointsOf(page: Page, section: string, title: string): Promise<number> {
  const chart = page
    .locator(`#${section} figure`, { has: page.locator("h3", { hasText: title }) })
    .locator("[data-points]")
    .first();
  return Number(await chart.getAttribute("data-points"));
}

/** Opens the tables beside charts, which are made when they are opened. */
export async function openTables(page: Page): Promise<void> {
  await page.evaluate("document.querySelectorAll('details.data').forEach((one) => (one.open = true))");
  await until(
    page,
    "[...document.querySelectorAll('details.data')].every((one) => one.querySelector('tbody'))",
  );
}

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** What axe-core finds serious or critical in a page, with all its tables open. */
export async function seriousFindings(page: Page): Promise<string[]> {
  await openTables(page);
  await page.evaluate(AXE);
  const found = await page.evaluate(`axe.run({ resultTypes: ["violations"] }).then(({ violations }) =>
    violations
      .filter((one) => ["serious", "critical"].includes(one.impact))
      .map((one) => one.id + ": " + one.nodes.slice(0, 3)
        .map((node) => node.html.slice(0, 160) + " " + node.failureSummary).join(" | ")))`);
  return found as string[];
}
