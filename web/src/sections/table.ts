/** All trials, sortable and filterable; only the rows in sight are elements. */
import { announce, choice, copyButton, h, styled } from "../dom.ts";
import { duration, formatValue, integer, plural } from "../format.ts";
import { testOf } from "../filter.ts";
import type { View } from "../model.ts";
import { VERDICT_WORDS, verdictColour } from "../palette.ts";
import { VERDICTS } from "../schema.ts";
import type { Context, Section } from "../section.ts";
import { sortedRows } from "../stats.ts";

const ROW = 34;
const SIGHT = 14;
/** Browsers stop laying out at some 33 million pixels; beyond this a row's place is in proportion. */
const TALLEST = 12_000_000;

interface ColumnSpec {
  key: string;
  title: string;
  class?: string;
  sort: (row: number) => number | string;
  cell: (row: number) => (string | Node)[];
}

function verdictColumn(view: View): ColumnSpec {
  const swatchOf = (code: number) =>
    styled(h("span", { class: "swatch", "aria-hidden": "true" }), { background: verdictColour(code) });
  return {
    key: "verdict",
    title: "Verdict",
    sort: (row) => view.verdict[row]!,
    cell: (row) => [swatchOf(view.verdict[row]!), VERDICT_WORDS[VERDICTS[view.verdict[row]!]!]],
  };
}

function valueColumn(view: View): ColumnSpec {
  return {
    key: "value",
    title: view.objective?.name ?? "Latency",
    class: "number",
    sort: (row) => (view.verdict[row] === 0 ? view.value[row]! : NaN),
    cell: (row) => [view.verdict[row] === 0 ? formatValue(view.value[row], view.objective) : "–"],
  };
}

function sessionColumn(view: View): ColumnSpec {
  return {
    key: "session",
    title: "Session",
    class: "wide-only",
    sort: (row) => view.place(row).data.index,
    cell: (row) => {
      const { session } = view.place(row).data;
      return [`${session.group}, seed ${session.seed}`];
    },
  };
}

/** The place of a config in the space, in the order of the values of its knobs. */
function rankOf(view: View, row: number): number {
  let rank = 0;
  for (let knob = view.choices.length - 1; knob >= 0; knob--)
    rank = rank * view.space.knobs[knob]!.values.length + view.choices[knob]![row]!;
  return rank;
}

function columnsOf(view: View): ColumnSpec[] {
  return [
    {
      key: "number",
      title: "Trial",
      class: "number",
      sort: (row) => view.number(row),
      cell: (row) => [integer(view.number(row))],
    },
    verdictColumn(view),
    valueColumn(view),
    ...(view.sessions.length > 1 ? [sessionColumn(view)] : []),
    {
      key: "config",
      title: "Config",
      class: "config",
      sort: (row) => rankOf(view, row),
      cell: (row) => [view.configText(row)],
    },
    {
      key: "message",
      title: "Message",
      class: "wide-only message",
      sort: (row) => view.message(row),
      cell: (row) => [view.message(row)],
    },
  ];
}

class Table {
  readonly node = h("div", { class: "trials" });
  private readonly head = h("div", { class: "thead", role: "row", "aria-rowindex": 1 });
  private readonly body = h("div", {
    class: "tbody",
    role: "rowgroup",
    tabindex: 0,
    "aria-label": "Trials; arrow keys move, Enter opens",
  });
  private readonly spacer = h("div", { class: "spacer", "aria-hidden": "true" });
  private readonly window = h("div", { class: "window", role: "presentation" });
  private readonly grid = h("div", { class: "grid", role: "grid", "aria-label": "Trials" });
  private readonly count = h("p", { class: "note", role: "status" });
  private readonly detail = h("div", { class: "detail-box" });
  private readonly columns: ColumnSpec[];
  private rows = new Uint32Array(0);
  private current = -1;
  private readonly view: View;
  private readonly state: State;

  constructor(view: View, state: State) {
    this.view = view;
    this.state = state;
    this.columns = columnsOf(view);
    const several = view.sessions.length > 1 ? "several" : "single";
    this.grid.classList.add(several);
    this.grid.append(h("div", { role: "rowgroup" }, this.head), this.body);
    this.grid.setAttribute("aria-colcount", String(this.columns.length));
    this.body.append(this.spacer, this.window);
    this.body.addEventListener("scroll", () => this.scrolled(), { passive: true });
    this.body.addEventListener("keydown", (event) => this.key(event));
    this.node.append(this.filters(), this.count, this.grid, this.detail);
    this.filter();
    this.restore();
  }

  /** What the reader had open and in sight before the section was drawn again. */
  private restore(): void {
    const { opened, scrolled } = this.state;
    const row = opened && this.view.rowOf(opened.session, opened.row);
    if (row !== undefined) {
      this.current = this.rows.indexOf(row);
      this.open(row);
    }
    queueMicrotask(() => (this.body.scrollTop = scrolled));
  }

  private scrolled(): void {
    this.state.scrolled = this.body.scrollTop;
    this.drawRows();
  }

  private filters(): HTMLElement {
    const present = new Set<number>(this.view.verdict);
    const verdicts = VERDICTS.flatMap((verdict, code) =>
      present.has(code) ? [{ value: String(code), text: VERDICT_WORDS[verdict] }] : [],
    );
    const chosen = (value: string) => {
      this.state.verdict = Number(value);
      this.update();
    };
    const all = [{ value: "-1", text: "all" }, ...verdicts];
    return h(
      "div",
      { class: "filters" },
      h("label", { class: "choice grow" }, h("span", {}, "Filter"), this.search()),
      choice("Verdict", all, String(this.state.verdict), chosen, "Verdict of the table"),
    );
  }

  private search(): HTMLElement {
    const input = h("input", {
      type: "search",
      placeholder: "tile_h=7, or words of the message",
      value: this.state.text,
      "data-key": "filter",
      "aria-label": "Filter by knob=value or words",
    });
    let waiting = 0;
    input.addEventListener("input", () => {
      clearTimeout(waiting);
      this.state.text = input.value;
      waiting = window.setTimeout(() => this.update(), 120);
    });
    return input;
  }

  /** Shows what passes the filter, in its order, from the top. */
  private update(): void {
    this.state.scrolled = 0;
    this.state.opened = undefined;
    this.current = -1;
    this.detail.replaceChildren();
    this.filter();
    this.body.scrollTop = 0;
    this.drawRows();
  }

  private filter(): void {
    const test = testOf(this.view, this.state.text, this.state.verdict);
    const kept = new Uint32Array(this.view.count);
    let count = 0;
    for (let row = 0; row < this.view.count; row++) if (test(row)) kept[count++] = row;
    const column = this.columns.find((one) => one.key === this.state.sort) ?? this.columns[0]!;
    this.rows = sortedRows(
      kept.slice(0, count),
      column.sort,
      this.state.descending,
    ) as Uint32Array<ArrayBuffer>;
    this.drawHead();
    const total = Math.min(this.rows.length * ROW, TALLEST);
    styled(this.spacer, { height: `${total}px` });
    styled(this.body, { height: `${Math.max(Math.min(this.rows.length, SIGHT), 2) * ROW}px` });
    this.grid.setAttribute("aria-rowcount", String(this.rows.length + 1));
    this.count.textContent =
      this.rows.length === this.view.count
        ? plural(this.view.count, "trial")
        : `${integer(this.rows.length)} of ${plural(this.view.count, "trial")}`;
    this.node.dataset.rows = String(this.rows.length);
    this.drawRows();
  }

  private drawHead(): void {
    this.head.replaceChildren(
      ...this.columns.map((column, i) => {
        const sorted = column.key === this.state.sort;
        const button = h(
          "button",
          { type: "button", "data-key": `sort/${column.key}` },
          column.title,
          h(
            "span",
            { class: "arrow", "aria-hidden": "true" },
            sorted ? (this.state.descending ? " ↓" : " ↑") : "",
          ),
        );
        button.addEventListener("click", () => {
          this.state.descending = sorted ? !this.state.descending : false;
          this.state.sort = column.key;
          this.update();
          this.head.querySelectorAll("button")[i]?.focus();
          announce(`Sorted by ${column.title}, ${this.state.descending ? "descending" : "ascending"}`);
        });
        return h(
          "div",
          {
            role: "columnheader",
            class: column.class,
            "aria-colindex": i + 1,
            "aria-sort": sorted ? (this.state.descending ? "descending" : "ascending") : "none",
          },
          button,
        );
      }),
    );
  }

  private first(): number {
    const total = this.rows.length * ROW;
    const scale = total > TALLEST ? (total - this.body.clientHeight) / (TALLEST - this.body.clientHeight) : 1;
    return Math.floor((this.body.scrollTop * scale) / ROW);
  }

  private drawRows(): void {
    const first = Math.max(Math.min(this.first() - 2, this.rows.length - SIGHT - 4), 0);
    const last = Math.min(first + SIGHT + 6, this.rows.length);
    const shift =
      this.rows.length * ROW > TALLEST ? this.body.scrollTop - (this.first() - first) * ROW : first * ROW;
    styled(this.window, { transform: `translateY(${Math.max(shift, 0)}px)` });
    const elements: HTMLElement[] = [];
    for (let at = first; at < last; at++) elements.push(this.rowElement(at));
    if (!this.rows.length)
      elements.push(
        h(
          "div",
          { class: "row", role: "row" },
          h("div", { role: "gridcell", class: "none" }, "No trial passes the filter."),
        ),
      );
    this.window.replaceChildren(...elements);
  }

  private rowElement(at: number): HTMLElement {
    const row = this.rows[at]!;
    const element = h(
      "div",
      {
        class: at === this.current ? "row current" : "row",
        role: "row",
        "aria-rowindex": at + 2,
        id: `trial-row-${at}`,
        "aria-selected": String(at === this.current),
      },
      ...this.columns.map((column, i) => this.cellElement(column, i, row)),
    );
    element.addEventListener("click", () => this.select(at, true));
    return element;
  }

  /** A config takes the room of a message where there is none. */
  private cellElement(column: ColumnSpec, i: number, row: number): HTMLElement {
    const whole = column.key === "config" && !this.view.message(row) ? " whole" : "";
    const hidden = column.key === "message" && !this.view.message(row);
    return h(
      "div",
      {
        role: "gridcell",
        class: `${column.class ?? ""}${whole}${hidden ? " hidden" : ""}`,
        "aria-colindex": i + 1,
      },
      ...column.cell(row),
    );
  }

  private key(event: KeyboardEvent): void {
    const moves: Record<string, number> = {
      ArrowDown: 1,
      ArrowUp: -1,
      PageDown: SIGHT,
      PageUp: -SIGHT,
      Home: -Infinity,
      End: Infinity,
    };
    if (event.key in moves)
      this.select(Math.min(Math.max(this.current + moves[event.key]!, 0), this.rows.length - 1), false);
    else if (event.key === "Enter" && this.current >= 0) {
      this.select(this.current, true);
      this.detail.querySelector("button")?.focus();
    } else return;
    event.preventDefault();
  }

  private select(at: number, open: boolean): void {
    if (!this.rows.length) return;
    this.current = at;
    this.reveal(at);
    this.drawRows();
    this.body.setAttribute("aria-activedescendant", `trial-row-${at}`);
    if (open) this.open(this.rows[at]!);
  }

  private reveal(at: number): void {
    const total = this.rows.length * ROW;
    const scale = total > TALLEST ? (TALLEST - this.body.clientHeight) / (total - this.body.clientHeight) : 1;
    const top = at * ROW * scale;
    if (top < this.body.scrollTop) this.body.scrollTop = top;
    else if (top + ROW > this.body.scrollTop + this.body.clientHeight)
      this.body.scrollTop = top + ROW - this.body.clientHeight;
  }

  private open(row: number): void {
    const { data, row: at } = this.view.place(row);
    this.state.opened = { session: data.index, row: at };
    this.detail.replaceChildren(cardOf(this.view, row));
  }
}

function factsOf(view: View, row: number): [string, string][] {
  const { data, row: at } = view.place(row);
  const same = data.sameCode[at]!;
  const facts: [string, string][] = [
    ["Verdict", VERDICT_WORDS[VERDICTS[view.verdict[row]!]!]],
    ["Message", view.message(row)],
    ["Config", view.configText(row)],
    ["Device", view.device(row)],
    ["Proposed by", view.proposer(row)],
    ["Built in", data.build ? duration(data.build[at]! / 1000) : ""],
    ["Ran for", data.run ? duration(data.run[at]! / 1000) : ""],
    ["Finished after", data.finished ? duration(data.finished[at]!) : ""],
    ["Same code as", same ? `trial ${same - 1}` : ""],
  ];
  return facts.filter(([, text]) => text);
}

/** All that is known of a trial. */
function cardOf(view: View, row: number): HTMLElement {
  const command = view.command(row);
  const value = view.verdict[row] === 0 ? `: ${formatValue(view.value[row], view.objective, 6)}` : "";
  const facts = factsOf(view, row).flatMap(([name, text]) => [h("dt", {}, name), h("dd", {}, text)]);
  return h(
    "div",
    { class: "detail-card" },
    h("h3", {}, `Trial ${view.number(row)}${value}`),
    h("dl", {}, ...facts),
    command
      ? h("pre", { class: "command", tabindex: 0, "aria-label": "Command to repeat it" }, command)
      : null,
    h(
      "p",
      { class: "buttons" },
      copyButton("Copy config", () => view.configText(row)),
      command ? copyButton("Copy command", () => command) : null,
    ),
  );
}

/** What outlives a drawing of the section. */
interface State {
  text: string;
  verdict: number;
  sort: string;
  descending: boolean;
  scrolled: number;
  /** A place in a session, as rows of the view move when sessions grow. */
  opened?: { session: number; row: number };
}

export const table: Section = {
  id: "table",
  title: "All trials",
  lead: "Sort by a column, filter by knobs and words, open a trial to copy its config and the command to repeat it.",
  render(context: Context) {
    if (!context.view.count) return "There are no trials yet.";
    const state = context.remembered<State>("state", {
      text: "",
      verdict: -1,
      sort: "value",
      descending: context.view.maximize,
      scrolled: 0,
    });
    return [new Table(context.view, state.value).node];
  },
};
