/** The pictures of the documentation: npm run screenshots -- REPORTS FOLDER. REPORTS has the pages that scripts/screenshots makes. */
import { mkdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { chromium } from "playwright-core";

/** Pictures of the first sections of a page, or of one section. A width of 390 is a phone. */
const PICTURES = [
  { name: "report-light", page: "strategies", width: 1180, height: 1440, theme: "light" },
  { name: "report-dark", page: "strategies", width: 1180, height: 1440, theme: "dark" },
  { name: "report-invalid", page: "strategies", section: "invalid", width: 1180, theme: "light" },
  { name: "report-parallel", page: "cpu", section: "parallel", width: 1180, theme: "light" },
  { name: "report-engines", page: "network", section: "engines", width: 1180, theme: "light" },
  { name: "report-phone", page: "cpu", width: 390, height: 844, theme: "dark" },
];

/** Around a section, in pixels. Its own space above is left out. */
const MARGIN = 18;
const ABOVE = 44;

async function drawAll(page) {
  for (const section of await page.locator("main > section:visible").all()) {
    await section.scrollIntoViewIfNeeded();
    await page.waitForTimeout(200);
  }
  // A header that stays at the top would cover what is below it.
  await page.evaluate(() => (document.querySelector("header").style.position = "static"));
  await page.evaluate(() => scrollTo({ top: 0, behavior: "instant" }));
  await page.waitForTimeout(300);
}

async function clipOf(page, { section, width, height }) {
  if (!section) return { x: 0, y: 0, width, height };
  const box = await page.locator(`#${section}`).boundingBox();
  return {
    x: box.x - MARGIN,
    y: box.y + ABOVE,
    width: box.width + 2 * MARGIN,
    height: box.height - ABOVE + MARGIN,
  };
}

const [reports, folder] = process.argv.slice(2);
mkdirSync(folder, { recursive: true });
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  chromiumSandbox: false,
});
for (const picture of PICTURES) {
  const size = { width: picture.width, height: picture.height ?? 900 };
  const page = await browser.newPage({ viewport: size, colorScheme: picture.theme });
  await page.goto(pathToFileURL(resolve(reports, `${picture.page}.html`)).toString());
  await drawAll(page);
  const path = join(folder, `${picture.name}.png`);
  await page.screenshot({ path, clip: await clipOf(page, picture), fullPage: true });
  await page.close();
}
await browser.close();
