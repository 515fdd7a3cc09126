import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";

const page = (name: string) => readFileSync(new URL(`../dist/${name}`, import.meta.url), "utf8");

test("The page has one place for the document, and loads nothing", () => {
  for (const name of ["report.html", "watch.html"]) {
    expect(page(name).split("%TAMIS_DATA%").length).toBe(2);
    expect(/<(link|script|img)[^>]*(src|href)="(?!data:)/.exec(page(name))?.[0]).toBeUndefined();
  }
});

test("The policy names the script and the style by their hashes and forbids the network", () => {
  const text = page("report.html");
  const policy = /Content-Security-Policy" content="([^"]*)"/.exec(text)![1]!;
  const hash = (content: string) => `'sha256-${createHash("sha256").update(content).digest("base64")}'`;
  const script = /<script>([\s\S]*?)<\/script>/.exec(text)![1]!;
  const style = /<style>([\s\S]*?)<\/style>/.exec(text)![1]!;
  expect(policy).toBe(
    `default-src 'none'; script-src ${hash(script)}; style-src ${hash(style)}; img-src data:; base-uri 'none'; form-action 'none'`,
  );
});

test("Only the live page may ask its own server", () => {
  expect(page("report.html").includes("connect-src")).toBe(false);
  expect(page("watch.html").includes("connect-src 'self';")).toBe(true);
});

test("The bundle names the packages in it with their licences", () => {
  const banner = page("report.html").slice(
    page("report.html").indexOf("<script>"),
    page("report.html").indexOf('"use strict"'),
  );
  expect(banner).toMatch(/uplot 1\.6\.32, MIT/);
  expect(banner).toContain("Permission is hereby granted");
});

test("Building again gives the same bytes", () => {
  const hashOf = () => createHash("sha256").update(page("report.html")).digest("hex");
  const before = hashOf();
  execFileSync("node", ["build.mjs"], { cwd: new URL("..", import.meta.url) });
  expect(hashOf()).toBe(before);
});
