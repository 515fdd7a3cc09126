import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import type { Report } from "../src/schema.ts";
import {
  Browsing,
  openTables,
  pointsOf,
  seriousFindings,
  showAll,
  until,
  untilAttribute,
  type Opened,
} from "./browser.ts";
import * as samples from "./samples.ts";

const browsing = new Browsing();
let opened: Opened | undefined;

beforeAll(() => browsing.start());
afterAll(() => browsing.stop());
afterEach(async () => {
  await opened?.page.context().close();
  opened = undefined;
});

async function open(report: Report, options: { width?: number; dark?: boolean } = {}): Promise<Page> {
  opened = await browsing.open(report, options);
  return opened.page;
}

const trialsOf = (report: Report) => report.sessions.reduce((sum, session) => sum + session.trials.count, 0);
const vta = samples.vtaReport();
const knobs = vta.spaces[0]!.knobs;

/** Pixels of a canvas that are neither clear nor of the colours of grid and text: something was drawn. */
const DRAWN = `[...document.querySelectorAll("main canvas")].map((canvas) => {
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  let drawn = 0;
  for (let i = 0; i < data.length; i += 4)
    if (data[i + 3] > 60 && Math.max(data[i], data[i + 1], data[i + 2]) - Math.min(data[i], data[i + 1], data[i + 2]) > 24) drawn++;
  return drawn;
})`;

describe("A report of a VTA layer, its network and its program", () => {
  test("draws every chart with all its points and without an error", async () => {
    const page = await open(vta);
    await showAll(page);
    const trials = trialsOf(vta);
    expect(await pointsOf(page, "trials", "Latency of every trial")).toBe(trials);
    expect(await pointsOf(page, "invalid", "By the value of a knob")).toBe(
      knobs.reduce((sum, knob) => sum + knob.values.length, 0),
    );
    expect(await pointsOf(page, "invalid", "By a pair of knobs")).toBe(64);
    expect(await pointsOf(page, "importance", "Importance")).toBe(15);
    expect(await pointsOf(page, "importance", "Mean by the value")).toBe(
      knobs.reduce((sum, knob) => sum + knob.values.length, 0),
    );
    expect(await pointsOf(page, "importance", "tile_h and tile_w")).toBe(64);
    const valid = vta.sessions.reduce(
      (sum, session) => sum + session.counts.trials - session.counts.invalid,
      0,
    );
    expect(await pointsOf(page, "parallel", "Parallel")).toBe(valid);
    expect(await pointsOf(page, "devices", "Trials by device")).toBe(trials);
    expect(await pointsOf(page, "comparison", "Best value")).toBe(vta.sessions.length);
    expect(await pointsOf(page, "network", "ResNet-18")).toBe(12);
    expect(await pointsOf(page, "engines", "Use of the engines")).toBe(3);
    expect(await pointsOf(page, "engines", "Timeline")).toBeGreaterThan(100);
    expect(await pointsOf(page, "roofline", "VTA")).toBe(12);
    expect(await pointsOf(page, "progress", "Best value found")).toBeGreaterThan(10);
    const drawn = (await page.evaluate(DRAWN)) as number[];
    expect(drawn.length).toBe(7);
    for (const pixels of drawn) expect(pixels).toBeGreaterThan(100);
    expect(opened!.errors).toEqual([]);
    expect(opened!.requests.length).toBe(1);
  });

  test("says what was found, what it took and why trials failed", async () => {
    const page = await open(vta);
    const text = await page.locator("#glance").innerText();
    const best = Math.min(...vta.sessions.map((session) => session.best!.value));
    expect(text).toContain(`${(best / 1e6).toFixed(3)} ms`);
    expect(text).toContain("2,400");
    expect(text).toContain("accumulator memory");
    expect(text).toContain("tamis program resnet18.C2");
  });

  test("has no serious finding of axe-core, in light and dark, with tables open", async () => {
    for (const dark of [false, true]) {
      const page = await open(vta, { dark });
      await showAll(page);
      expect(await seriousFindings(page)).toEqual([]);
      await page.context().close();
    }
  });

  test("can be walked through by keyboard alone, and nothing holds the focus", async () => {
    const page = await open(vta);
    await showAll(page);
    await page.evaluate("scrollTo(0, 0); document.activeElement.blur()");
    const seen: string[] = [];
    for (let i = 0; i < 200; i++) {
      await page.keyboard.press("Tab");
      const now =
        (await page.evaluate(`(() => { const e = document.activeElement; if (!e || e === document.body) return "";
        const labelled = e.getAttribute("aria-labelledby");
        const name = e.getAttribute("aria-label") || (labelled && document.getElementById(labelled).textContent) || (e.closest("label") && e.closest("label").textContent) || e.textContent;
        const section = e.closest("section");
        return (section ? section.id : e.closest("header") ? "header" : e.closest("nav") ? "nav" : "top") + "/" + (name.trim() ? "named" : "nameless " + e.outerHTML.slice(0, 100)); })()`)) as string;
      if (!now) break;
      seen.push(now);
    }
    expect(seen.filter((one) => one.includes("nameless"))).toEqual([]);
    const sections = new Set(seen.map((one) => one.split("/")[0]));
    expect([...sections]).toEqual(
      [
        "top",
        "nav",
        "glance",
        "progress",
        "trials",
        "invalid",
        "importance",
        "parallel",
        "devices",
        "comparison",
        "network",
        "engines",
        "roofline",
        "table",
        "how",
      ].reduce<string[]>((all, id) => (id === "nav" ? [...all, "header", "nav"] : [...all, id]), []),
    );
    expect(seen.length).toBeLessThan(200);
  });

  test("reads a chart out when arrow keys walk through it", async () => {
    const page = await open(vta);
    await showAll(page);
    await page.locator("#progress .plot").focus();
    await page.keyboard.press("End");
    expect(await page.locator("#announcer").textContent()).toMatch(
      /^after \d+ trials; tamis: [\d.]+ ms; random: [\d.]+ ms$/,
    );
    expect(await page.locator("#progress .tip").innerText()).toMatch(/^after \d+ trials\ntamis: /);
  });

  test("reads intervals in lanes out, along a lane and from lane to lane", async () => {
    const page = await open(vta);
    await showAll(page);
    const readAfter = async (key: string) => {
      await page.keyboard.press(key);
      return page.locator("#announcer").textContent();
    };
    await page.locator("#devices .plot").focus();
    expect(await readAfter("ArrowRight")).toMatch(/^trial \d+: [a-z ]+; build only, /);
    expect(await readAfter("ArrowDown")).toMatch(/^trial \d+: [a-z ]+; vta0, /);
    await page.locator("#engines .plot").focus();
    expect(await readAfter("End")).toMatch(/^LOAD: [a-z ]+; cycles [\d,]+ to 1,1[\d,]+$/);
    expect(await readAfter("ArrowDown")).toMatch(/^COMPUTE: /);
    await page.locator("#trials .plot").last().focus();
    const failed = await readAfter("ArrowRight");
    expect(failed).toMatch(/^trial \d+/);
    expect(await readAfter("ArrowRight")).not.toBe(failed);
    await page.keyboard.press("Tab");
    expect(await page.locator("#trials .tip:visible").count()).toBe(0);
  });

  test("keeps what is read out in sight when zoomed", async () => {
    const page = await open(vta);
    await showAll(page);
    const plot = page.locator("#devices .plot");
    await plot.focus();
    await page.keyboard.press("Home");
    for (let i = 0; i < 3; i++) await page.keyboard.press("+");
    await page.keyboard.press("End");
    const [tip, box] = [await plot.locator(".tip").boundingBox(), await plot.boundingBox()];
    expect(tip!.x).toBeGreaterThan(box!.x);
    expect(tip!.x + tip!.width).toBeLessThan(box!.x + box!.width);
  });

  test("zooms by keys and back, both plots of trials together", async () => {
    const page = await open(vta);
    await showAll(page);
    const plots = page.locator("#trials .plot");
    await plots.first().focus();
    await page.keyboard.press("+");
    expect(await plots.evaluateAll((all) => all.map((one) => one.classList.contains("zoomed")))).toEqual([
      true,
      true,
    ]);
    await page.keyboard.press("Escape");
    expect(await plots.evaluateAll((all) => all.map((one) => one.classList.contains("zoomed")))).toEqual([
      false,
      false,
    ]);
  });

  test("hides the trials of a verdict from its legend", async () => {
    const page = await open(vta);
    await showAll(page);
    const failed = vta.sessions.reduce((sum, session) => sum + session.counts.invalid, 0);
    await page.locator("#trials .legend button", { hasText: "valid" }).first().click();
    expect(await pointsOf(page, "trials", "Latency of every trial")).toBe(failed);
    expect(await page.evaluate("document.activeElement.dataset.key")).toBe("legend/valid");
  });

  test("draws best so far against measurements and time too", async () => {
    const page = await open(vta);
    await page.locator("#progress").scrollIntoViewIfNeeded();
    for (const axis of ["measurements", "time"]) {
      await page.locator("#progress .segments label", { hasText: axis }).click();
      expect(await page.locator("#progress .summary").innerText()).toMatch(
        axis === "time" ? / after [\d.]+\sm?s/ : / after [\d,]+ measurements?/,
      );
    }
    expect(opened!.errors).toEqual([]);
  });

  test("shows another pair of knobs, another colour, and the pair of a rule", async () => {
    const page = await open(vta);
    await showAll(page);
    await page.locator("#invalid select").first().selectOption({ label: "tile_ci" });
    await page.locator("#invalid select").nth(1).selectOption({ label: "tile_co" });
    expect(await pointsOf(page, "invalid", "By a pair of knobs")).toBe(20);
    expect(await page.locator("#invalid .region").count()).toBe(1);
    for (const colour of ["verdict", "best value", "trials"])
      await page.locator("#invalid .segments label", { hasText: colour }).click();
    await page.locator("#invalid .rules button").nth(2).click();
    expect(await pointsOf(page, "invalid", "By a pair of knobs")).toBe(4);
    expect(opened!.errors).toEqual([]);
  });

  test("chooses trials by a brush, by keys and by dragging", async () => {
    const page = await open(vta);
    await showAll(page);
    const all = await pointsOf(page, "parallel", "Parallel");
    const axis = page.locator("#parallel .axis").first();
    await axis.focus();
    await page.keyboard.press("ArrowDown");
    await untilAttribute(page, "#parallel .axis", "aria-valuetext", "56");
    await until(page, `document.querySelector("#parallel .parallel").dataset.points < ${all}`);
    expect(await page.locator("#parallel [aria-live]").innerText()).toMatch(/^[\d,]+ trials chosen/);
    await page.locator("#parallel button", { hasText: "Choose all" }).click();
    expect(await pointsOf(page, "parallel", "Parallel")).toBe(all);
    const box = (await axis.boundingBox())!;
    await page.mouse.move(box.x + 16, box.y + 5);
    await page.mouse.down();
    await page.mouse.move(box.x + 16, box.y + box.height * 0.4, { steps: 4 });
    await page.mouse.up();
    await untilAttribute(page, "#parallel .axis", "aria-valuetext", "14, 28, 56");
  });

  test("sorts and filters the table, and opens a trial", async () => {
    const page = await open(vta);
    await page.locator("#table").scrollIntoViewIfNeeded();
    const table = page.locator("#table .trials");
    await table.waitFor();
    const best = Math.min(...vta.sessions.map((session) => session.best!.value));
    const first = table.locator("[role=row][aria-rowindex='2']");
    expect(await first.innerText()).toContain(`${(best / 1e6).toFixed(3)} ms`);
    await table.locator("button", { hasText: "Latency" }).click();
    expect(await table.locator("[role=columnheader]", { hasText: "Latency" }).getAttribute("aria-sort")).toBe(
      "descending",
    );
    await table.locator("button", { hasText: "Trial" }).click();
    expect((await first.innerText()).startsWith("0")).toBe(true);
    await table.locator("input[type=search]").fill("tile_h=8");
    await until(page, "document.querySelector('#table .trials').dataset.rows !== '2400'");
    const kept = Number(await table.getAttribute("data-rows"));
    expect(kept).toBeGreaterThan(0);
    expect(kept).toBeLessThan(2400);
    await table.locator("select").selectOption({ label: "resource exceeded" });
    expect(Number(await table.getAttribute("data-rows"))).toBeLessThan(kept);
    await table.locator(".tbody").focus();
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("Enter");
    expect(await table.locator(".detail-card").innerText()).toContain("memory");
    await page.keyboard.press("Enter");
    await until(page, "document.getElementById('announcer').textContent === 'Copied'");
    expect(await page.evaluate("navigator.clipboard.readText()")).toMatch(/^tile_h=8 tile_w=/);
    await table.locator("input[type=search]").fill("no such words");
    await until(page, "document.querySelector('#table .trials').dataset.rows === '0'");
    expect(await table.innerText()).toContain("No trial passes the filter.");
  });

  test("shows one session alone", async () => {
    const page = await open(vta);
    await page.locator("#choices select").selectOption({ index: 3 });
    expect(await page.locator("#glance").innerText()).toContain("240");
    await showAll(page);
    expect(await pointsOf(page, "trials", "Latency of every trial")).toBe(240);
    expect(await pointsOf(page, "comparison", "Best value")).toBe(10);
  });

  test("has a table beside every chart", async () => {
    const page = await open(vta);
    await showAll(page);
    const figures = await page.locator("main figure").count();
    expect(await page.locator("main figure details.data").count()).toBe(figures);
    for (const details of await page.locator("details.data").all()) {
      await details.locator("summary").click();
      await details.locator("tbody tr").first().waitFor({ state: "attached" });
    }
    expect(opened!.errors).toEqual([]);
  });

  test("is dark where the system is, and by its switch", async () => {
    const page = await open(vta, { dark: true });
    const lightness = () =>
      page.evaluate(
        "getComputedStyle(document.body).backgroundColor.match(/\\d+/g).slice(0, 3).reduce((a, b) => a + Number(b), 0)",
      ) as Promise<number>;
    expect(await lightness()).toBeLessThan(120);
    await page.locator("#theme").click();
    expect(await lightness()).toBeGreaterThan(700);
    await page.locator("#theme").click();
    expect(await lightness()).toBeLessThan(120);
    await showAll(page);
    for (const pixels of (await page.evaluate(DRAWN)) as number[]) expect(pixels).toBeGreaterThan(100);
    expect(opened!.errors).toEqual([]);
  });
});

const EVERY = {
  vta: () => samples.vtaReport({ trials: 80, seeds: 2 }),
  hostile: samples.hostileReport,
  empty: samples.emptyReport,
  one: samples.oneTrialReport,
  nothingValid: samples.nothingValidReport,
  noSessions: samples.noSessionsReport,
  objective: samples.objectiveReport,
  wide: samples.wideReport,
};

describe("Whatever the document holds, the page shows it without an error, on a desktop and on a phone", () => {
  for (const [name, make] of Object.entries(EVERY))
    for (const width of [1280, 390])
      test(`${name}, ${width} pixels`, async () => {
        const page = await open(make(), { width });
        await showAll(page);
        expect(opened!.errors).toEqual([]);
        expect(await page.evaluate("document.documentElement.scrollWidth")).toBeLessThanOrEqual(width);
      });
});

test("Names and messages from programs are text, never markup", async () => {
  const page = await open(samples.hostileReport());
  await showAll(page);
  await openTables(page);
  await page.locator("#table .row").first().click();
  expect(await page.evaluate("window.hacked")).toBeUndefined();
  expect(await page.locator("main script, main img, main iframe, main style").count()).toBe(0);
  expect(await page.locator("#title").textContent()).toBe("</script><script>window.hacked=1</script>");
  expect(await page.locator("#how").textContent()).toContain("<img src=x onerror=window.hacked=1>");
});

test("Where nothing is valid the page says so, and why", async () => {
  const page = await open(samples.nothingValidReport());
  const text = await page.locator("#glance").innerText();
  expect(text).toContain("No trial was valid.");
  expect(text).toContain("driver: no such board");
  await showAll(page);
  expect(await page.locator("#progress .apology").innerText()).toContain("No trial was valid");
});

test("A section that is missing says why; one without data is left out", async () => {
  const page = await open(samples.oneTrialReport());
  await showAll(page);
  expect(await page.locator("#importance").innerText()).toContain(
    "Knob importance needs at least 20 valid trials.",
  );
  expect(await page.locator("#network").isVisible()).toBe(false);
});

test("A value that no trial chose has its reason", async () => {
  const page = await open(samples.nothingValidReport());
  await showAll(page);
  expect(await page.locator("#invalid .unchosen").first().innerText()).toContain(
    "the declared constraint tile_h < 56 excludes it",
  );
});

test("An objective that is maximised has its best at the top of the table", async () => {
  const page = await open(samples.objectiveReport());
  expect(await page.locator("#glance").innerText()).toContain(
    "reaches 149.0 images/s (throughput), 1.49 times better than the default",
  );
  await showAll(page);
  expect(await page.locator("#table [role=row][aria-rowindex='2']").innerText()).toContain("149.0 images/s");
});

test("Of a knob of many values those that were tried are shown, and there is no map of it", async () => {
  const page = await open(samples.wideReport());
  await showAll(page);
  expect(await pointsOf(page, "invalid", "By the value of a knob")).toBe(128);
  expect(await page.locator("#invalid .knob").first().innerText()).toContain(
    "and 936 values that were tried less often",
  );
  expect(await page.locator("#invalid svg").count()).toBe(0);
});

test("A section that fails says so and leaves the others as they are", async () => {
  const report = samples.vtaReport({ trials: 30, seeds: 1 });
  report.importance![0]!.marginals![0]!.knob = 99;
  const page = await open(report);
  await showAll(page);
  expect(await page.locator("#importance .apology").innerText()).toContain("This section cannot be drawn");
  expect(await pointsOf(page, "parallel", "Parallel")).toBeGreaterThan(0);
});

test("A document of another schema is refused in words", async () => {
  const page = await open({ ...samples.emptyReport(), schema: 9 as 1 });
  expect(await page.locator("[role=alert]").innerText()).toContain("reads documents of schema 1, not 9");
});

test("The policy stops scripts, styles, images and connections from elsewhere", async () => {
  const page = await open(samples.oneTrialReport());
  let asked = 0;
  const server = createServer((_, answer) => {
    asked++;
    answer.end();
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const elsewhere = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const blocked = await page.evaluate(`new Promise((done) => {
    const blocked = new Set();
    const finish = () => done([...blocked].sort());
    document.addEventListener("securitypolicyviolation", (event) => {
      if (blocked.add(event.effectiveDirective).size === 5) finish();
    });
    const add = (tag, set) => { const element = document.createElement(tag); set(element); document.body.append(element); };
    add("script", (e) => (e.textContent = "window.hacked = 1"));
    add("script", (e) => (e.src = "${elsewhere}/x.js"));
    add("img", (e) => (e.src = "${elsewhere}/x.png"));
    add("style", (e) => (e.textContent = "body { color: red }"));
    add("iframe", (e) => (e.src = "${elsewhere}/"));
    fetch("${elsewhere}/").catch(() => 0);
    setTimeout(finish, 20_000);
  })`);
  expect(blocked).toEqual(["connect-src", "frame-src", "img-src", "script-src-elem", "style-src-elem"]);
  expect(await page.evaluate("window.hacked")).toBeUndefined();
  expect(asked).toBe(0);
  server.close();
});

test("A report of 100,000 trials is drawn whole, filtered and sorted", async () => {
  const report = samples.largeReport(100_000);
  const page = await open(report);
  await showAll(page);
  expect(await pointsOf(page, "trials", "Latency of every trial")).toBe(100_000);
  expect(await pointsOf(page, "parallel", "Parallel")).toBe(4000);
  const table = page.locator("#table .trials");
  expect(await table.getAttribute("data-rows")).toBe("100000");
  await table.locator("button", { hasText: "Trial" }).click();
  await table.locator(".tbody").focus();
  await page.keyboard.press("End");
  await page.waitForSelector("#table [aria-rowindex='100001'][aria-selected=true]");
  expect(await page.locator("#table .row").count()).toBeLessThan(40);
  await table.locator("input[type=search]").fill("tile_h=8");
  await until(page, "document.querySelector('#table .trials').dataset.rows !== '100000'");
  expect(opened!.errors).toEqual([]);
  const marks = await page.evaluate(
    "performance.getEntriesByType('mark').map(({ name, startTime }) => `${name} ${Math.round(startTime)} ms`).join(', ')",
  );
  console.log(`100,000 trials: ${String(marks)}`);
});

test("Where values are not above 0 the best is not said to be so many times better", async () => {
  const report = samples.objectiveReport();
  const session = report.sessions[0]!;
  session.default!.value = -25;
  const page = await open(report);
  const text = await page.locator("#glance").innerText();
  expect(text).toContain("better than the default with -25");
  expect(text).not.toContain("Gain over the default");
});
