/** The top of the page: what was found, and what it took. */
import { copyButton, h, plainTable, scrolling, styled } from "../dom.ts";
import { firm, formatValue, integer, percent, plural, shorten, significant } from "../format.ts";
import type { SessionData, View } from "../model.ts";
import { VERDICT_WORDS, verdictColour, verdictLegend } from "../palette.ts";
import type { Rule, Session } from "../schema.ts";
import { VERDICTS } from "../schema.ts";
import { countsBy } from "../stats.ts";
import type { Context } from "../section.ts";

/** The session with the best value; the first where none is valid. */
export function leader(view: View): SessionData | undefined {
  let best: SessionData | undefined;
  for (const data of view.sessions) {
    const value = data.session.best?.value;
    if (value === undefined) continue;
    if (!best || view.better(value, best.session.best!.value)) best = data;
  }
  return best;
}

/** How many times better the best is than the default; ratios say nothing of values that are not above 0. */
function gainOf(view: View, session: Session): number | undefined {
  const first = session.default?.value;
  const best = session.best?.value;
  if (first === undefined || best === undefined || first <= 0 || best <= 0) return undefined;
  return view.maximize ? best / first : first / best;
}

/** What a headline says of the default where there is no ratio. */
function besideDefault(view: View, session: Session): string {
  const first = session.default?.value;
  if (first === undefined) return ".";
  const value = formatValue(first, session.objective);
  return view.better(session.best!.value, first)
    ? `, better than the default with ${value}.`
    : ": no better than the default.";
}

function headline(view: View, session: Session | undefined): string {
  if (!view.count) return "There are no trials yet.";
  if (!session?.best) return "No trial was valid.";
  const value = formatValue(session.best.value, session.objective);
  const gain = gainOf(view, session);
  const what = session.objective ? `reaches ${value} (${session.objective.name})` : `takes ${value}`;
  if (gain === undefined) return `The best config ${what}${besideDefault(view, session)}`;
  if (gain < 1.005) return `The best config ${what}: no better than the default.`;
  const compared = session.objective ? "better" : "faster";
  return `The best config ${what}, ${significant(gain, 3)} times ${compared} than the default.`;
}

type Final = NonNullable<Session["finals"]>[number];

interface Fact {
  name: string;
  value: string;
  detail?: string;
}

function countFacts(view: View, invalid: number): Fact[] {
  const sum = (name: "trials" | "measurements" | "rejected_builds") =>
    view.sessions.reduce((total, { session }) => total + session.counts[name], 0);
  return [
    {
      name: "Trials",
      value: integer(sum("trials")),
      detail: `${plural(sum("measurements"), "measurement")}, ${plural(sum("rejected_builds"), "build")} rejected before the device`,
    },
    {
      name: "Invalid",
      value: percent(view.count ? invalid / view.count : NaN, 0),
      detail: `${integer(invalid)} of ${plural(view.count, "trial")}`,
    },
  ];
}

/** How the best compares with the default; what became of the default where it is not valid. */
function defaultFact(view: View, session: Session): Fact | undefined {
  const gain = gainOf(view, session);
  const first = session.default;
  if (gain !== undefined)
    return {
      name: "Gain over the default",
      value: `${significant(gain, 3)} ×`,
      detail: `the default ${session.objective ? "has" : "takes"} ${formatValue(first!.value, session.objective)}`,
    };
  if (!first) return undefined;
  if (first.value !== undefined)
    return { name: "Default config", value: formatValue(first.value, session.objective) };
  if (first.verdict === "valid") return undefined;
  return {
    name: "Default config",
    value: VERDICT_WORDS[first.verdict],
    detail: first.message && shorten(first.message, 90),
  };
}

function facts(view: View, session: Session | undefined, invalid: number): Fact[] {
  const list: (Fact | undefined)[] = [];
  const best = session?.best;
  if (best)
    list.push({
      name: "Best",
      value: formatValue(best.value, session.objective),
      detail: evidence(session),
    });
  if (session) list.push(defaultFact(view, session));
  if (best && session.bound_ns)
    list.push({
      name: "Of the bound",
      value: percent(session.bound_ns / best.value, 0),
      detail: `no config can take less than ${formatValue(session.bound_ns)}`,
    });
  list.push(...countFacts(view, invalid));
  return list.filter((fact) => fact !== undefined);
}

function evidence(session: Session): string {
  const best = session.best!;
  const parts: string[] = [];
  if (best.low !== undefined && best.high !== undefined)
    parts.push(
      `95 % interval ${formatValue(best.low, session.objective)} to ${formatValue(best.high, session.objective)}`,
    );
  if (best.probability_within !== undefined)
    parts.push(
      `within ${percent(best.within ?? 0.01, 0)} of the best finalist with a probability of ${percent(best.probability_within, 0)}`,
    );
  if (!parts.length)
    parts.push(
      best.from === "finals"
        ? "measured again in the finals"
        : best.number !== undefined
          ? `trial ${best.number}`
          : "",
    );
  return parts.join("; ");
}

function verdictBar(counts: Uint32Array, total: number): HTMLElement {
  const bar = h("div", {
    class: "bar",
    role: "img",
    "aria-label": VERDICTS.map((verdict, code) =>
      counts[code] ? `${VERDICT_WORDS[verdict]} ${percent(counts[code]! / total)}` : "",
    )
      .filter(Boolean)
      .join(", "),
  });
  VERDICTS.forEach((_, code) => {
    if (counts[code])
      bar.append(styled(h("span"), { "flex-grow": String(counts[code]), background: verdictColour(code) }));
  });
  return bar;
}

interface Reason {
  verdict: number;
  count: number;
  message: string;
  times: number;
}

/** The most frequent message of each of the most frequent failures. */
function reasons(view: View, counts: Uint32Array): Reason[] {
  const codes = VERDICTS.map((_, code) => code)
    .filter((code) => code > 0 && counts[code]! > 0)
    .sort((a, b) => counts[b]! - counts[a]!)
    .slice(0, 4);
  const tallies = new Map(codes.map((code) => [code, new Map<string, number>()]));
  for (const data of view.sessions) {
    const bySlot = new Map<number, number>();
    const slots = data.session.messages.length + 1;
    for (let row = 0; row < data.count; row++) {
      if (!tallies.has(data.verdict[row]!)) continue;
      const slot = data.verdict[row]! * slots + data.message[row]!;
      bySlot.set(slot, (bySlot.get(slot) ?? 0) + 1);
    }
    for (const [slot, times] of bySlot) {
      const tally = tallies.get(Math.floor(slot / slots))!;
      const message = slot % slots ? data.session.messages[(slot % slots) - 1]! : "";
      tally.set(message, (tally.get(message) ?? 0) + times);
    }
  }
  return codes.map((verdict) => {
    const [message, times] = [...tallies.get(verdict)!].sort((a, b) => b[1] - a[1])[0] ?? ["", 0];
    return { verdict, count: counts[verdict]!, message, times };
  });
}

/** Knobs and values of the best config; from its trial where there is one, as names may hold anything. */
function partsOf(view: View, data: SessionData): [string, string][] {
  const { config, row } = data.session.best!;
  if (row !== undefined && row < data.count)
    return view.space.knobs.map((knob, k) => [knob.name, knob.values[data.choices[k]![row]!] ?? "?"]);
  return config
    .split(/\s+/)
    .filter(Boolean)
    .map((part) => {
      const at = part.indexOf("=");
      return at < 0 ? [part, ""] : [part.slice(0, at), part.slice(at + 1)];
    });
}

function bestConfig(view: View, data: SessionData): HTMLElement {
  const best = data.session.best!;
  const chips = partsOf(view, data).map(([name, value]) =>
    h(
      "span",
      { class: "chip", title: `${name}=${value}` },
      h("span", { class: "key" }, shorten(name, 40)),
      " ",
      h("b", {}, shorten(value, 40)),
    ),
  );
  return h(
    "div",
    { class: "best" },
    h("h3", {}, "The best config"),
    h("p", { class: "chips" }, ...chips),
    best.command
      ? h("pre", { class: "command", tabindex: 0, "aria-label": "Command to repeat it" }, best.command)
      : null,
    h(
      "p",
      { class: "buttons" },
      copyButton("Copy config", () => best.config),
      best.command ? copyButton("Copy command", () => best.command!) : null,
    ),
  );
}

function reasonNodes({ verdict, count, message, times }: Reason): HTMLElement[] {
  const some = message && times < count;
  return [
    h(
      "dt",
      {},
      styled(h("span", { class: "swatch" }), { background: verdictColour(verdict) }),
      h("b", {}, VERDICT_WORDS[VERDICTS[verdict]!]),
      " ",
      h("span", { class: "count" }, integer(count)),
    ),
    h(
      "dd",
      {},
      message ? shorten(message, 180) : "No message was kept.",
      some ? h("span", { class: "count" }, ` (${integer(times)} of these)`) : null,
    ),
  ];
}

function ruleNote(rule: Rule): HTMLElement {
  return h(
    "p",
    { class: "rule" },
    `A learnt rule: ${VERDICT_WORDS[rule.verdict as "valid"] ?? "invalid"} when `,
    h("code", {}, rule.text),
    `, which covers ${integer(rule.covers)} of ${integer(rule.of)} such trials.`,
  );
}

function why(view: View, counts: Uint32Array, invalid: number): HTMLElement {
  const first = view.rules()[0];
  const list = () => h("dl", { class: "reasons" }, ...reasons(view, counts).flatMap(reasonNodes));
  return h(
    "div",
    { class: "why" },
    h("h3", {}, "Why trials were invalid"),
    invalid === 0 ? h("p", {}, "Every trial was valid.") : list(),
    first ? ruleNote(first) : null,
  );
}

function strategiesOf(view: View): string {
  const names = [...new Set(view.sessions.map((data) => data.session.strategy))];
  return names.length === 1 ? `strategy ${names[0]}` : `strategies ${names.join(", ")}`;
}

function aboutOf(view: View, session: Session): string {
  const several = view.sessions.length > 1;
  const runs = several ? plural(view.sessions.length, "session") : `seed ${session.seed}`;
  return [session.spec, `target ${session.target}`, strategiesOf(view), runs].filter(Boolean).join(" · ");
}

function factNode({ name, value, detail }: Fact): HTMLElement {
  const more = detail ? h("span", { class: "detail" }, firm(detail)) : null;
  return h("div", {}, h("dt", {}, name), h("dd", {}, h("span", { class: "big" }, value), more));
}

export function renderGlance({ view }: Context): Node[] {
  const first = leader(view);
  const session = first?.session ?? view.sessions[0]?.session;
  const counts = countsBy(view.verdict, VERDICTS.length);
  const invalid = view.count - counts[0]!;
  return [
    session ? h("p", { class: "about" }, aboutOf(view, session)) : h("p"),
    h("p", { class: "headline" }, firm(headline(view, session))),
    h("dl", { class: "facts" }, ...facts(view, session, invalid).map(factNode)),
    ...(view.count ? [verdictBar(counts, view.count), verdictLegend(counts)] : []),
    h(
      "div",
      { class: "pair" },
      first && session?.best ? bestConfig(view, first) : null,
      view.count ? why(view, counts, invalid) : null,
    ),
    ...(session?.finals?.length ? [finals(session)] : []),
  ];
}

const FINAL_COLUMNS = ["Place", "Trial", "Value", "95 % interval", "Runs", "Best with probability", "Config"];

function finalCells(
  final: Final,
  place: number,
  objective: Session["objective"],
): (string | number | Node)[] {
  const text = (value: number | undefined) => formatValue(value, objective);
  return [
    place + 1,
    final.number,
    final.value === undefined ? VERDICT_WORDS[final.verdict] : text(final.value),
    final.low === undefined ? "–" : `${text(final.low)} – ${text(final.high)}`,
    final.runs,
    final.probability_best === undefined ? "–" : percent(final.probability_best, 0),
    h("span", { class: "nowrap" }, final.message ? shorten(final.message, 80) : (final.config ?? "")),
  ];
}

function finals({ finals, objective }: Session): HTMLElement {
  const rows = finals!.map((final, place) => finalCells(final, place, objective));
  return h(
    "div",
    { class: "finals" },
    h("h3", {}, "Finals"),
    h("p", { class: "note" }, "The best configs and the default, measured again at the end."),
    scrolling("Finals", plainTable(FINAL_COLUMNS, rows, "Finals")),
  );
}
