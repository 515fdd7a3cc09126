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
    // A header that stays at the top would cover what is below it.
    await page.evaluate(() => (document.querySelector("header").style.position = "static"));
    await page.evaluate(() => scrollTo({ top: 0, behavior: "instant" }));
    await page.waitForTimeout(300);
    for (const section of ["glance", "progress", "trials", "invalid", "parallel", "engines"]) {
      if (!(await page.locator(`#${section}`).isVisible())) continue;
      const box = await page.locator(`#${section}`).boundingBox();
      const clip = { x: box.x - 18, y: box.y + 20, width: box.width + 36, height: box.height };
      const path = join(folder, `${section}-${device}-${theme}.png`);
      await page.screenshot({ path, clip, fullPage: true });
    }
    await page.close();
  }
await browser.close();
