/** Elements from values. Text is always text: nothing here parses markup. */
import { firm } from "./format.ts";

type Child = Node | string | number | null | undefined | false;
type Attributes = Record<string, string | number | boolean | null | undefined | ((event: never) => void)>;

const SVG = "http://www.w3.org/2000/svg";

function fill<E extends Element>(element: E, attributes: Attributes, children: Child[]): E {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (typeof value === "function") element.addEventListener(name, value as unknown as EventListener);
    else element.setAttribute(name, value === true ? "" : String(value));
  }
  for (const child of children)
    if (child !== null && child !== undefined && child !== false)
      element.append(child instanceof Node ? child : document.createTextNode(String(child)));
  return element;
}

export function h<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  return fill(document.createElement(tag), attributes, children);
}

export function s<K extends keyof SVGElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: Child[]
): SVGElementTagNameMap[K] {
  return fill(document.createElementNS(SVG, tag), attributes, children);
}

/** Sets a style property: the policy of the page forbids style attributes, but not this. */
export function styled<E extends HTMLElement | SVGElement>(
  element: E,
  properties: Record<string, string>,
): E {
  for (const [name, value] of Object.entries(properties)) element.style.setProperty(name, value);
  return element;
}

let ids = 0;
export function freshId(prefix: string): string {
  return `${prefix}-${++ids}`;
}

/** The colour that a custom property has now. */
export function colour(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
}

export interface DataTable {
  head: string[];
  rows: () => (string | number)[][];
}

const MOST_ROWS = 500;

/** A table that is made when it is opened, as an alternative to a chart. */
export function dataTable(table: DataTable, caption: string): HTMLElement {
  const body = h("div", {
    class: "scroll",
    tabindex: 0,
    role: "region",
    "aria-label": `${caption}, as a table`,
  });
  const details = h("details", { class: "data" }, h("summary", {}, "Show as a table"), body);
  details.addEventListener("toggle", () => {
    if (!details.open || body.firstChild) return;
    const rows = table.rows();
    if (rows.length > MOST_ROWS)
      body.append(h("p", { class: "note" }, `The first ${MOST_ROWS} of ${rows.length} rows.`));
    body.append(plainTable(table.head, rows.slice(0, MOST_ROWS), caption));
  });
  return details;
}

export function plainTable(
  head: string[],
  rows: (string | number | Node)[][],
  caption: string,
): HTMLTableElement {
  const numeric = head.map((_, c) => rows.length > 0 && rows.every((row) => looksNumeric(row[c])));
  return h(
    "table",
    {},
    h("caption", { class: "hidden" }, caption),
    h(
      "thead",
      {},
      h("tr", {}, ...head.map((name, c) => h("th", { scope: "col", class: numeric[c] && "number" }, name))),
    ),
    h(
      "tbody",
      {},
      ...rows.map((row) =>
        h(
          "tr",
          {},
          ...row.map((cell, c) =>
            c === 0
              ? h("th", { scope: "row", class: numeric[c] && "number" }, cell)
              : h("td", { class: numeric[c] && "number" }, cell),
          ),
        ),
      ),
    ),
  );
}

/** Something wide that scrolls, by keys too. */
export function scrolling(label: string, child: Node): HTMLElement {
  return h("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": label }, child);
}

function looksNumeric(cell: string | number | Node | undefined): boolean {
  if (typeof cell === "number") return true;
  return typeof cell === "string" && /^(–|[-+]?[\d.,\u202f]+(e-?\d+)?( ?(%|ns|µs|ms|s|×))?|)$/.test(cell);
}

/** A button that puts a text on the clipboard, and says so. */
export function copyButton(label: string, text: () => string): HTMLButtonElement {
  const button = h("button", { type: "button", class: "small" }, label);
  button.addEventListener("click", async () => {
    const done = await copy(text());
    button.textContent = done ? "Copied" : "Could not copy";
    announce(done ? "Copied" : "Could not copy");
    setTimeout(() => (button.textContent = label), 1600);
  });
  return button;
}

async function copy(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copyBySelection(text);
  }
}

/** Where the clipboard's own interface is denied, as in some frames. */
function copyBySelection(text: string): boolean {
  const area = h("textarea", { class: "hidden", "aria-hidden": "true" });
  area.value = text;
  document.body.append(area);
  area.select();
  const done = document.execCommand("copy");
  area.remove();
  return done;
}

/** Has a screen reader say a text. */
export function announce(text: string): void {
  const region = document.getElementById("announcer");
  if (region) region.textContent = text;
}

export function choice(
  label: string,
  options: { value: string; text: string }[],
  value: string,
  changed: (value: string) => void,
  name?: string,
): HTMLElement {
  const select = h(
    "select",
    { "data-key": name ?? label },
    ...options.map((option) =>
      h("option", { value: option.value, selected: option.value === value }, option.text),
    ),
  );
  select.addEventListener("change", () => changed(select.value));
  return h("label", { class: "choice" }, h("span", {}, label), select);
}

/** A few alternatives side by side. */
export function segments(
  label: string,
  options: { value: string; text: string }[],
  value: string,
  changed: (value: string) => void,
): HTMLElement {
  const name = freshId("segments");
  return h(
    "fieldset",
    { class: "segments" },
    h("legend", { class: "hidden" }, label),
    ...options.map((option) => {
      const input = h("input", {
        type: "radio",
        name,
        value: option.value,
        checked: option.value === value,
        "data-key": `${label}/${option.value}`,
      });
      input.addEventListener("change", () => changed(option.value));
      return h("label", {}, input, h("span", {}, option.text));
    }),
  );
}

export function toggle(label: string, value: boolean, changed: (value: boolean) => void): HTMLElement {
  const input = h("input", { type: "checkbox", checked: value, "data-key": label });
  input.addEventListener("change", () => changed(input.checked));
  return h("label", { class: "toggle" }, input, h("span", {}, label));
}

export interface FigureParts {
  title: string;
  /** What the chart shows, in words, for those who do not see it and for those who do. */
  summary: string;
  controls?: (Node | null)[];
  chart: HTMLElement | SVGElement;
  legend?: Node;
  note?: string;
  table?: DataTable;
}

export function figure(parts: FigureParts): HTMLElement {
  const title = freshId("figure");
  const summary = freshId("summary");
  parts.chart.setAttribute("aria-labelledby", title);
  parts.chart.setAttribute("aria-describedby", summary);
  if (!parts.chart.hasAttribute("role")) parts.chart.setAttribute("role", "img");
  parts.chart.classList.add("chart");
  return h(
    "figure",
    {},
    h(
      "div",
      { class: "figure-head" },
      h("h3", { id: title }, parts.title),
      parts.controls?.length ? h("div", { class: "controls" }, ...parts.controls) : null,
    ),
    h("p", { class: "summary", id: summary }, firm(parts.summary)),
    parts.legend,
    parts.chart,
    parts.note ? h("p", { class: "note" }, firm(parts.note)) : null,
    parts.table ? dataTable(parts.table, parts.title) : null,
  );
}
