/** Pictures of a report for the documentation: light and dark, desktop and phone, a picture per section.
 * node bench/screenshots.mjs REPORT.html FOLDER */
import { mkdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { chromium } from "playwright-core";

const [file, folder] = process.argv.slice(2);
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  chromiumSandbox: false,
});
mkdirSync(folder, { recursive: true });

for (const [device, width, height] of [
  ["desktop", 1280, 900],
  ["phone", 390, 844],
])
  for (const theme of ["light", "dark"]) {
    const page = await browser.newPage({ viewport: { width, height }, colorScheme: theme });
    await page.goto(pathToFileURL(resolve(file)).toString());
    for (const section of await page.locator("main > section:visible").all()) {
      await section.scrollIntoViewIfNeeded();
      await page.waitForTimeout(150);
    }
    for (const section of ["glance", "progress", "trials", "invalid", "parallel", "engines"]) {
      if (!(await page.locator(`#${section}`).isVisible())) continue;
      await page.locator(`#${section}`).scrollIntoViewIfNeeded();
      await page
        .locator(`#${section}`)
        .screenshot({ path: join(folder, `${section}-${device}-${theme}.png`) });
    }
    await page.close();
  }
await browser.close();
