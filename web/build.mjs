/** Makes dist/report.html and dist/watch.html: the page as one file each, with a place for the document. */
import { build } from "esbuild";
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

const here = dirname(fileURLToPath(import.meta.url));
const DATA = "%TAMIS_DATA%";

/** The packages in the bundle, for the comment at its top. */
function notices() {
  const { dependencies } = JSON.parse(readFileSync(join(here, "package.json"), "utf8"));
  return Object.keys(dependencies)
    .sort()
    .map((name) => {
      const own = JSON.parse(readFileSync(join(here, "node_modules", name, "package.json"), "utf8"));
      const licence = readFileSync(join(here, "node_modules", name, "LICENSE"), "utf8");
      const copyright =
        licence
          .split("\n")
          .find((line) => /copyright \(c\)/i.test(line))
          ?.trim() ?? "";
      return { name, version: own.version, licence: own.license, copyright, text: licence.trim() };
    });
}

function banner() {
  const parts = notices().map(
    (one) =>
      ` * ${one.name} ${one.version}, ${one.licence}. ${one.copyright}\n *\n${one.text
        .split("\n")
        .map((line) => ` *   ${line}`.trimEnd())
        .join("\n")}`,
  );
  return `/*!\n * The page of tamis, Apache-2.0. With these packages in it:\n *\n${parts.join("\n *\n")}\n */`;
}

async function bundle() {
  const result = await build({
    absWorkingDir: here,
    entryPoints: ["src/main.ts"],
    bundle: true,
    minify: true,
    format: "iife",
    target: "es2022",
    charset: "ascii",
    legalComments: "none",
    write: false,
    loader: { ".css": "empty" },
  });
  const text = result.outputFiles[0].text.trim();
  if (/<\/script|<!--/i.test(text))
    throw new Error("the bundle holds what would end its script element; write it another way");
  return `${banner()}\n${text}`;
}

async function styles() {
  const result = await build({
    absWorkingDir: here,
    entryPoints: ["src/style.css"],
    bundle: true,
    minify: true,
    target: "es2022",
    write: false,
  });
  return result.outputFiles[0].text.trim();
}

function hash(text) {
  return `'sha256-${createHash("sha256").update(text, "utf8").digest("base64")}'`;
}

/** What the page may do: its own script and style, nothing from anywhere; the live page may also ask its own server. */
function policy(script, style, live) {
  return [
    "default-src 'none'",
    `script-src ${hash(script)}`,
    `style-src ${hash(style)}`,
    "img-src data:",
    ...(live ? ["connect-src 'self'"] : []),
    "base-uri 'none'",
    "form-action 'none'",
  ].join("; ");
}

const template = readFileSync(join(here, "src/template.html"), "utf8");
for (const element of ["<style>%TAMIS_STYLE%</style>", "<script>%TAMIS_SCRIPT%</script>"])
  if (!template.includes(element))
    throw new Error(`the template must hold ${element} as it is, or its hash is wrong`);
const script = await bundle();
const style = await styles();
mkdirSync(join(here, "dist"), { recursive: true });
for (const [name, live] of [
  ["report.html", false],
  ["watch.html", true],
]) {
  const parts = { POLICY: policy(script, style, live), STYLE: style, SCRIPT: script };
  const page = template.replace(/%TAMIS_(POLICY|STYLE|SCRIPT)%/g, (_, part) => parts[part]);
  if (page.split(DATA).length !== 2) throw new Error(`${name} must hold ${DATA} exactly once`);
  writeFileSync(join(here, "dist", name), page);
  console.log(
    `dist/${name}: ${page.length} bytes, ${gzipSync(page).length} with gzip, SHA-256 ${createHash("sha256").update(page).digest("hex").slice(0, 16)}`,
  );
}
