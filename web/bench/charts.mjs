/** Compares charting libraries: the size of what the page needs of each, and the time to a chart of 100,000 points in chromium.
 * node bench/charts.mjs [RUNS] */
import { build } from "esbuild";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { gzipSync } from "node:zlib";
import { chromium } from "playwright-core";

const here = dirname(fileURLToPath(import.meta.url));
const out = join(here, "out");
const runs = Number(process.argv[2] ?? 7);

/** The same points for all: a value that falls, with noise, of which a third have another colour. */
const DATA = `
  const count = 100000, x = new Float64Array(count), y = new Float64Array(count), kind = new Uint8Array(count);
  let state = 1;
  const next = () => (state = (state * 16807) % 2147483647) / 2147483647;
  for (let i = 0; i < count; i++) { x[i] = i; y[i] = 1 + 40 * Math.exp(-i / 30000) * next(); kind[i] = next() < 0.33 ? 1 : 0; }
  const host = document.getElementById("chart");
  const drawn = () => requestAnimationFrame(() => { performance.mark("drawn"); });`;

const CANDIDATES = {
  uPlot: `import uPlot from "uplot"; ${DATA}
    const u = new uPlot({ width: 1000, height: 400, legend: { show: false }, scales: { x: { time: false } },
      series: [{}, { stroke: "blue", paths: () => null, points: { show: false } }],
      hooks: { draw: [(u) => { for (const code of [0, 1]) { u.ctx.fillStyle = code ? "orange" : "blue";
        for (let i = 0; i < count; i++) if (kind[i] === code) u.ctx.fillRect(u.valToPos(x[i], "x", true), u.valToPos(y[i], "y", true), 2, 2); } }] } }, [x, y], host);
    queueMicrotask(drawn);`,
  "ECharts, canvas": `import * as echarts from "echarts/core";
    import { ScatterChart, LineChart, HeatmapChart, ParallelChart, BarChart, CustomChart } from "echarts/charts";
    import { GridComponent, ParallelComponent, VisualMapComponent, TooltipComponent, DataZoomComponent, LegendComponent, AriaComponent, BrushComponent } from "echarts/components";
    import { CanvasRenderer } from "echarts/renderers";
    echarts.use([ScatterChart, LineChart, HeatmapChart, ParallelChart, BarChart, CustomChart, GridComponent, ParallelComponent, VisualMapComponent, TooltipComponent, DataZoomComponent, LegendComponent, AriaComponent, BrushComponent, CanvasRenderer]);
    ${DATA}
    const points = (code) => { const out = []; for (let i = 0; i < count; i++) if (kind[i] === code) out.push(x[i], y[i]); return new Float64Array(out); };
    const chart = echarts.init(host, null, { width: 1000, height: 400 });
    chart.on("finished", drawn);
    chart.setOption({ animation: false, grid: {}, xAxis: { type: "value" }, yAxis: { type: "value" }, series: [0, 1].map((code) => ({ type: "scatter", large: true, largeThreshold: 2000, progressive: 0, symbolSize: 2, dimensions: ["x", "y"], data: points(code) })) });`,
};

async function pageOf(name, source) {
  const result = await build({
    stdin: { contents: source, resolveDir: join(here, ".."), loader: "js" },
    bundle: true,
    minify: true,
    format: "iife",
    target: "es2022",
    write: false,
    legalComments: "none",
  });
  const script = result.outputFiles[0].text;
  const path = join(out, `${name.replace(/\W+/g, "-")}.html`);
  writeFileSync(
    path,
    `<!DOCTYPE html><meta charset="utf-8"><div id="chart" style="width:1000px;height:400px"></div><script>${script.replaceAll("</script", "<\\/script")}</script>`,
  );
  return { path, bytes: Buffer.byteLength(script), zipped: gzipSync(script).length };
}

async function timeOf(browser, path) {
  const page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
  await page.goto(pathToFileURL(path).toString());
  await page.waitForFunction(() => performance.getEntriesByName("drawn").length > 0);
  const at = await page.evaluate(() => performance.getEntriesByName("drawn")[0].startTime);
  await page.close();
  return at;
}

mkdirSync(out, { recursive: true });
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  chromiumSandbox: false,
});
const made = Object.fromEntries(
  await Promise.all(
    Object.entries(CANDIDATES).map(async ([name, source]) => [name, await pageOf(name, source)]),
  ),
);
const times = Object.fromEntries(Object.keys(made).map((name) => [name, []]));
for (let run = 0; run < runs; run++)
  for (const name of Object.keys(made)) times[name].push(await timeOf(browser, made[name].path));
for (const [name, { bytes, zipped }] of Object.entries(made)) {
  const sorted = times[name].sort((a, b) => a - b);
  console.log(
    `${name}: ${bytes} bytes, ${zipped} with gzip; 100,000 points after ${Math.round(sorted[sorted.length >> 1])} ms (${Math.round(sorted[0])} to ${Math.round(sorted.at(-1))} of ${runs} runs)`,
  );
}
await browser.close();
