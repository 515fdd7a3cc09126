/** Puts the page together: the document, what is chosen at the top, the sections as they come into sight. */
import { choice, h } from "./dom.ts";
import { follow } from "./live.ts";
import { decodeSession, tasksOf, View, type SessionData, type Task } from "./model.ts";
import { disposePlots } from "./plot.ts";
import type { Report } from "./schema.ts";
import type { Context, Section } from "./section.ts";
import { comparison } from "./sections/comparison.ts";
import { devices } from "./sections/devices.ts";
import { engines } from "./sections/engines.ts";
import { renderGlance } from "./sections/glance.ts";
import { how } from "./sections/how.ts";
import { importance } from "./sections/importance.ts";
import { invalid } from "./sections/invalid.ts";
import { network } from "./sections/network.ts";
import { parallel } from "./sections/parallel.ts";
import { progress } from "./sections/progress.ts";
import { roofline } from "./sections/roofline.ts";
import { scatter } from "./sections/scatter.ts";
import { table } from "./sections/table.ts";

/** In the order of the page. */
const SECTIONS: Section[] = [
  progress,
  scatter,
  invalid,
  importance,
  parallel,
  devices,
  comparison,
  network,
  engines,
  roofline,
  table,
  how,
];

const FOCUSABLE = "[tabindex], a, button, input, select, summary";

/** Remembers what has the focus inside an element, by its key or else its place, for when its content was drawn again. */
function keepFocus(content: HTMLElement): () => void {
  const old = document.activeElement;
  if (!(old instanceof HTMLElement) || !content.contains(old)) return () => undefined;
  const key = old.dataset.key;
  const place = [...content.querySelectorAll(FOCUSABLE)].indexOf(old);
  const caret = old instanceof HTMLInputElement && old.type === "search" ? old.selectionStart : null;
  return () => {
    const all = content.querySelectorAll<HTMLElement>(FOCUSABLE);
    const now = key === undefined ? all[place] : [...all].find((one) => one.dataset.key === key);
    now?.focus({ preventScroll: true });
    if (caret !== null && now instanceof HTMLInputElement) now.setSelectionRange(caret, caret);
  };
}

/** Members of `missing` that a section needs no apology for are still named under "How each number was made". */
class Page {
  private report: Report;
  private sessions: SessionData[];
  private view: View;
  private task = 0;
  private only: number | undefined;
  private readonly memory = new Map<string, { value: unknown }>();
  private readonly hosts = new Map<Section, HTMLElement>();
  private readonly dirty = new Set<Section>();
  private readonly inSight = new Set<Section>();
  private readonly main: HTMLElement;
  private readonly glance = h("section", { id: "glance", "aria-label": "At a glance" });
  private readonly observer: IntersectionObserver;
  private waiting = 0;
  private pressed = false;

  constructor(report: Report, main: HTMLElement) {
    this.report = report;
    this.main = main;
    this.sessions = report.sessions.map(decodeSession);
    this.view = this.makeView();
    this.observer = new IntersectionObserver((entries) => this.seen(entries), { rootMargin: "500px 0px" });
  }

  private makeView(): View {
    const tasks = tasksOf(this.sessions);
    const task = tasks[this.task] ?? tasks[0] ?? { name: "", space: 0, sessions: [] };
    return new View(this.report, task, this.only);
  }

  start(): void {
    document.title = this.title();
    document.getElementById("title")!.textContent = this.report.title ?? this.title();
    this.main.append(this.glance);
    this.drawGlance();
    this.drawChoices();
    for (const section of SECTIONS) this.addSection(section);
    this.drawNavigation();
    addEventListener("beforeprint", () => this.dirty.forEach((section) => this.draw(section)));
    performance.mark("tamis:ready");
  }

  private title(): string {
    const names = [...new Set(this.report.sessions.map((session) => session.workload))];
    return `tamis: ${names.length ? names.slice(0, 3).join(", ") + (names.length > 3 ? ", …" : "") : "report"}`;
  }

  private drawGlance(): void {
    this.glance.replaceChildren(...renderGlance(this.context("glance", () => this.drawGlance())));
  }

  private addSection(section: Section): void {
    const host = h(
      "section",
      { id: section.id, "aria-labelledby": `${section.id}-title` },
      h("h2", { id: `${section.id}-title` }, section.title),
      h("p", { class: "lead" }, section.lead),
      h("div", { class: "content" }),
    );
    this.hosts.set(section, host);
    this.main.append(host);
    this.dirty.add(section);
    host.hidden = !this.applies(section);
    this.observer.observe(host);
  }

  /** Sections about what the document does not hold are left out, unless it says why they are missing. */
  private applies(section: Section): boolean {
    const { report, view } = this;
    const present: Partial<Record<Section["id"], boolean>> = {
      importance: !!report.importance?.some((one) => one.space === view.task.space),
      comparison: view.task.sessions.length > 1,
      network: !!report.networks?.length,
      engines: !!report.programs?.length,
      roofline: !!report.rooflines?.length,
    };
    return present[section.id] !== false || this.whyMissing(section) !== undefined;
  }

  private whyMissing(section: Section): string | undefined {
    return this.report.missing?.find((one) => one.section === section.id)?.why;
  }

  private seen(entries: IntersectionObserverEntry[]): void {
    for (const entry of entries) {
      const section = SECTIONS.find((one) => one.id === entry.target.id);
      if (!section) continue;
      if (entry.isIntersecting) {
        this.inSight.add(section);
        if (this.dirty.has(section)) this.draw(section);
      } else this.inSight.delete(section);
    }
  }

  private context(scope: string, redraw: () => void): Context {
    return {
      report: this.report,
      view: this.view,
      redraw,
      remembered: <T>(key: string, first: T) => {
        const name = `${scope}/${key}`;
        if (!this.memory.has(name)) this.memory.set(name, { value: first });
        return this.memory.get(name) as { value: T };
      },
    };
  }

  private draw(section: Section): void {
    const content = this.hosts.get(section)!.querySelector<HTMLElement>(".content")!;
    const restoreFocus = keepFocus(content);
    const open = [...content.querySelectorAll("details")].map((details) => details.open);
    disposePlots(content);
    content.replaceChildren(...this.contentOf(section));
    content.querySelectorAll("details").forEach((details, i) => (details.open = open[i] ?? false));
    restoreFocus();
    this.dirty.delete(section);
    this.hosts.get(section)!.dataset.drawn = "true";
    if (section === progress)
      requestAnimationFrame(() => setTimeout(() => performance.mark("tamis:first-chart")));
  }

  /** What a section shows. One that fails says so, and leaves the others as they are. */
  private contentOf(section: Section): Node[] {
    try {
      const made = section.render(this.context(section.id, () => this.draw(section)));
      if (made === undefined)
        return [this.apology(this.whyMissing(section) ?? "This report has no data for it.")];
      return typeof made === "string" ? [this.apology(made)] : made;
    } catch (error) {
      console.error(error);
      return [this.apology(`This section cannot be drawn: ${String(error)}`)];
    }
  }

  private apology(text: string): HTMLElement {
    return h("p", { class: "apology" }, text);
  }

  private drawChoices(): void {
    const tasks = tasksOf(this.sessions);
    const members = (tasks[this.task] ?? tasks[0])?.sessions ?? [];
    const nodes: Node[] = [];
    if (tasks.length > 1) nodes.push(this.workloadChoice(tasks));
    if (members.length > 1) nodes.push(this.sessionChoice(members));
    document.getElementById("choices")!.replaceChildren(...nodes);
  }

  private workloadChoice(tasks: Task[]): HTMLElement {
    const options = tasks.map((task, i) => ({ value: String(i), text: task.name }));
    return choice("Workload", options, String(this.task), (value) => {
      this.task = Number(value);
      this.only = undefined;
      this.drawChoices();
      this.redrawAll();
    });
  }

  private sessionChoice(members: SessionData[]): HTMLElement {
    const options = members.map(({ index, session }) => ({
      value: String(index),
      text: `${session.group}, seed ${session.seed}`,
    }));
    const all = { value: "", text: `all ${members.length} sessions` };
    const chosen = this.only === undefined ? "" : String(this.only);
    return choice("Session", [all, ...options], chosen, (value) => {
      this.only = value === "" ? undefined : Number(value);
      this.redrawAll();
    });
  }

  private drawNavigation(): void {
    const list = document.getElementById("contents")!;
    list.replaceChildren(
      h("li", {}, h("a", { href: "#glance" }, "At a glance")),
      ...SECTIONS.filter((section) => !this.hosts.get(section)!.hidden).map((section) =>
        h("li", {}, h("a", { href: `#${section.id}` }, section.title)),
      ),
    );
  }

  redrawAll(): void {
    this.view = this.makeView();
    this.drawGlance();
    for (const section of SECTIONS) {
      this.dirty.add(section);
      this.hosts.get(section)!.hidden = !this.applies(section);
      if (this.inSight.has(section)) this.draw(section);
    }
    this.drawNavigation();
  }

  follow(live: NonNullable<Report["live"]>): void {
    const state = document.getElementById("live")!;
    state.hidden = false;
    this.followPointer();
    follow(live, {
      sessions: () => this.sessions,
      replace: (index, data) => (this.sessions[index] = data),
      reload: (report) => {
        this.report = report;
        this.sessions = report.sessions.map(decodeSession);
        this.drawChoices();
        this.redrawAll();
      },
      changed: () => this.later(),
      state: (now) => {
        state.textContent = now === "live" ? "live" : "waiting for tamis watch";
        state.dataset.state = now;
      },
    });
  }

  /** At most twice a second, however fast trials come in, and not while the reader drags or has a list open. */
  private later(): void {
    if (this.waiting) return;
    this.waiting = window.setTimeout(() => {
      this.waiting = 0;
      if (this.pressed || document.activeElement instanceof HTMLSelectElement) this.later();
      else this.redrawAll();
    }, 500);
  }

  private followPointer(): void {
    addEventListener("pointerdown", () => (this.pressed = true), true);
    for (const end of ["pointerup", "pointercancel"])
      addEventListener(end, () => (this.pressed = false), true);
  }
}

function themeSwitch(changed: () => void): void {
  const button = document.getElementById("theme") as HTMLButtonElement;
  const root = document.documentElement;
  const system = matchMedia("(prefers-color-scheme: dark)");
  const label = () => {
    const dark = root.dataset.theme ? root.dataset.theme === "dark" : system.matches;
    button.textContent = dark ? "Light" : "Dark";
    button.setAttribute("aria-label", dark ? "Switch to the light theme" : "Switch to the dark theme");
  };
  button.addEventListener("click", () => {
    const dark = root.dataset.theme ? root.dataset.theme === "dark" : system.matches;
    root.dataset.theme = dark ? "light" : "dark";
    label();
    changed();
  });
  system.addEventListener("change", () => {
    label();
    changed();
  });
  label();
}

function readDocument(): Report {
  const text = document.getElementById("tamis-data")?.textContent ?? "";
  const report = JSON.parse(text) as Report;
  if (report.schema !== 1)
    throw new Error(
      `this page reads documents of schema 1, not ${String(report.schema)}; make the report with the tamis that the page is of`,
    );
  return report;
}

function main(): void {
  const host = document.getElementById("main")!;
  try {
    const report = readDocument();
    const page = new Page(report, host);
    page.start();
    themeSwitch(() => page.redrawAll());
    if (report.live) page.follow(report.live);
  } catch (error) {
    host.replaceChildren(
      h(
        "section",
        {},
        h("h2", {}, "The report cannot be shown"),
        h("p", { role: "alert" }, String(error instanceof Error ? error.message : error)),
      ),
    );
  }
}

main();
