/** Times the first chart that a page of the Optuna dashboard draws: node bench/first_chart_optuna.mjs ADDRESS [RUNS] */
import { chromium } from "playwright-core";

const [address, runs = process.env.RUNS ?? 3] = process.argv.slice(2);
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  chromiumSandbox: false,
});
const times = [];
for (let run = 0; run < Number(runs); run++) {
  const page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
  const start = Date.now();
  await page.goto(address);
  await page.waitForSelector(".js-plotly-plot .main-svg .trace, .js-plotly-plot canvas", {
    timeout: 280_000,
    state: "attached",
  });
  times.push(Date.now() - start);
  if (process.env.SHOT) await page.screenshot({ path: process.env.SHOT });
  await page.close();
}
times.sort((a, b) => a - b);
console.log(
  `Optuna dashboard: first chart after ${times[times.length >> 1]} ms (${times[0]} to ${times.at(-1)} of ${times.length} runs)`,
);
await browser.close();
