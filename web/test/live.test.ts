import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import type { Append, Report } from "../src/schema.ts";
import { Browsing, showAll, until, untilAttribute } from "./browser.ts";
import * as samples from "./samples.ts";

const template = readFileSync(new URL("../dist/watch.html", import.meta.url), "utf8");
const browsing = new Browsing();
const asked: string[] = [];
let server: Server;
let streams: ServerResponse[] = [];
let report: Report;

/** What `tamis watch` serves, as README.md has it. */
function answer(path: string, response: ServerResponse): void {
  if (path.startsWith("/events")) {
    response.writeHead(200, { "content-type": "text/event-stream" }).write(": hello\n\n");
    streams.push(response);
  } else if (path.startsWith("/document.json"))
    response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(report));
  else
    response
      .writeHead(200, { "content-type": "text/html; charset=utf-8" })
      .end(samples.pageOf(template, report));
}

function send(event: string, data: unknown): void {
  for (const stream of streams) stream.write(`event: ${event}\nid: 1\ndata: ${JSON.stringify(data)}\n\n`);
}

function liveReport(make: () => Report): Report {
  return { ...make(), live: { events: "events", document: "document.json", after: "7" } };
}

/** The only trial of a sample as the news that follow `from` rows. */
function newsAfter(from: number): Append {
  const { trials, devices, proposers, counts, best } = samples.oneTrialReport().sessions[0]!;
  return {
    session: 0,
    from,
    trials,
    counts: { ...counts, trials: from + 1 },
    best,
    ...(from ? {} : { devices, proposers }),
  };
}

beforeAll(async () => {
  await browsing.start();
  server = createServer((request, response) => {
    asked.push(request.url!);
    answer(request.url!, response);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
});
afterAll(async () => {
  streams.forEach((stream) => stream.end());
  server.close();
  await browsing.stop();
});
beforeEach(() => {
  streams = [];
  asked.length = 0;
});

async function openLive() {
  const opened = await browsing.visit(
    `http://127.0.0.1:${(server.address() as AddressInfo).port}/?token=abc`,
  );
  await until(opened.page, "document.getElementById('live').textContent === 'live'");
  return opened;
}

test("Trials that come in are added to what is in sight, and the page asks with its token", async () => {
  report = liveReport(samples.emptyReport);
  const { page, errors } = await openLive();
  expect(await page.locator("#glance").innerText()).toContain("There are no trials yet.");
  expect(asked).toContain("/events?token=abc&after=7");
  send("append", newsAfter(0));
  await until(page, "document.querySelector('#glance .headline').textContent.includes('1.234')");
  await showAll(page);
  send("append", newsAfter(1));
  await until(page, "document.querySelector('#table .trials').dataset.rows === '2'");
  expect(asked.some((path) => path.startsWith("/document.json"))).toBe(false);
  expect(errors).toEqual([]);
  await page.context().close();
});

test("Rows that do not follow have the page load the document", async () => {
  report = liveReport(samples.oneTrialReport);
  const { page, errors } = await openLive();
  report = liveReport(samples.nothingValidReport);
  send("append", newsAfter(5));
  await until(page, "document.querySelector('#glance').textContent.includes('No trial was valid.')");
  expect(asked).toContain("/document.json?token=abc");
  expect(errors).toEqual([]);
  await page.context().close();
});

test("A reload brings other sessions, and what the reader chose stays", async () => {
  report = liveReport(samples.oneTrialReport);
  const { page } = await openLive();
  await showAll(page);
  await page.locator("#table input[type=search]").fill("tile_h=2");
  await untilAttribute(page, "#table .trials", "data-rows", "0");
  report = liveReport(() => samples.vtaReport({ trials: 40, seeds: 1 }));
  send("reload", {});
  await until(page, "document.querySelector('#choices select') !== null");
  await until(page, "document.querySelector('#table input[type=search]').value === 'tile_h=2'");
  await page.context().close();
});

test("What the reader opened, scrolled and zoomed to stays when trials come in", async () => {
  report = liveReport(samples.nothingValidReport);
  const { page, errors } = await openLive();
  await showAll(page);
  await page.locator("#trials .plot").first().focus();
  await page.keyboard.press("+");
  const body = page.locator("#table .tbody");
  await body.focus();
  await page.keyboard.press("End");
  await page.keyboard.press("Enter");
  const scrolled = await body.evaluate((element) => element.scrollTop);
  const opened = await page.locator("#table .detail-card").innerText();
  send("append", newsAfter(40));
  await untilAttribute(page, "#table .trials", "data-rows", "41");
  await until(page, "document.querySelector('#trials .plot canvas') !== null");
  expect(scrolled).toBeGreaterThan(0);
  expect(await body.evaluate((element) => element.scrollTop)).toBe(scrolled);
  expect(await page.locator("#table .detail-card").innerText()).toBe(opened);
  expect(await page.locator("#trials .plot.zoomed").count()).toBeGreaterThan(0);
  expect(errors).toEqual([]);
  await page.context().close();
});

test("Typing goes on where it was, and the focus stays, when trials come in", async () => {
  report = liveReport(samples.nothingValidReport);
  const { page } = await openLive();
  await showAll(page);
  await page.locator("#table input[type=search]").focus();
  await page.keyboard.type("tile_h=");
  send("append", newsAfter(40));
  await until(page, "document.querySelector('#glance').textContent.includes('41')");
  await page.keyboard.type("2");
  expect(await page.locator("#table input[type=search]").inputValue()).toBe("tile_h=2");
  await page.locator("#trials .plot").last().focus();
  send("append", newsAfter(41));
  await until(page, "document.querySelector('#glance').textContent.includes('42')");
  expect(await page.evaluate("document.activeElement.dataset.key")).toBe("plot/failures");
  await page.context().close();
});

test("Nothing is drawn again while the reader drags", async () => {
  report = liveReport(samples.nothingValidReport);
  const { page } = await openLive();
  await showAll(page);
  const box = (await page.locator("#parallel .axis").first().boundingBox())!;
  await page.mouse.move(box.x + 16, box.y + 5);
  await page.mouse.down();
  await page.evaluate("window.axis = document.querySelector('#parallel .axis')");
  send("append", newsAfter(40));
  await page.waitForTimeout(1500);
  expect(await page.evaluate("window.axis.isConnected")).toBe(true);
  await page.mouse.up();
  await untilAttribute(page, "#table .trials", "data-rows", "41");
  await page.context().close();
});

test("A page listens on from the document that it loaded", async () => {
  report = liveReport(samples.oneTrialReport);
  const { page, errors } = await openLive();
  report = liveReport(samples.oneTrialReport);
  report.live!.after = "12";
  const before = streams.length;
  send("reload", {});
  await expect.poll(() => streams.length).toBe(before + 1);
  expect(asked.at(-1)).toBe("/events?token=abc&after=12");
  streams = streams.slice(before);
  send("append", newsAfter(1));
  await showAll(page);
  await until(page, "document.querySelector('#table .trials').dataset.rows === '2'");
  expect(errors).toEqual([]);
  await page.context().close();
});

test("When the server goes away the page says so", async () => {
  report = liveReport(samples.oneTrialReport);
  const { page } = await openLive();
  streams.forEach((stream) => stream.destroy());
  await until(page, "document.getElementById('live').dataset.state === 'waiting'");
  await page.context().close();
});
