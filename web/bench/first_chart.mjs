/** How long a report takes to its first chart, and until its page answers: from the beginning of the navigation, in chromium.
 * node bench/first_chart.mjs REPORT.html [RUNS] */
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { chromium } from "playwright-core";

const [file, runs = 9] = process.argv.slice(2);
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  chromiumSandbox: false,
});

/** Times in ms; `quiet` is the end of the last task of more than 50 ms in the first seconds, when the page answers at once. */
async function once() {
  const page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
  await page.addInitScript(() => {
    window.lastLong = 0;
    new PerformanceObserver((list) =>
      list.getEntries().forEach((entry) => (window.lastLong = entry.startTime + entry.duration)),
    ).observe({ type: "longtask", buffered: true });
  });
  await page.goto(pathToFileURL(resolve(file)).toString());
  await page.waitForTimeout(3000);
  const times = await page.evaluate(() => ({
    ready: performance.getEntriesByName("tamis:ready")[0].startTime,
    chart: performance.getEntriesByName("tamis:first-chart")[0].startTime,
    quiet: window.lastLong,
  }));
  await page.close();
  return times;
}

const all = [];
for (let run = 0; run < Number(runs); run++) all.push(await once());
for (const what of ["ready", "chart", "quiet"]) {
  const sorted = all.map((times) => times[what]).sort((a, b) => a - b);
  console.log(
    `${what}: median ${Math.round(sorted[sorted.length >> 1])} ms, ${Math.round(sorted[0])} to ${Math.round(sorted.at(-1))}`,
  );
}
await browser.close();
