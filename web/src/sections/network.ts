/** The layers of a network by time. */
import { barChart, barList, type BarRow } from "../bars.ts";
import { figure, h, styled } from "../dom.ts";
import { formatValue, integer, percent, plural, significant } from "../format.ts";
import type { Layer, Network } from "../schema.ts";
import type { Context, Section } from "../section.ts";

function total(layer: Layer): number {
  return (layer.value_ns ?? NaN) * layer.times;
}

/** With default configs; NaN where the default is not known. */
function totalBefore(layer: Layer): number {
  return (layer.default_ns ?? NaN) * layer.times;
}

function trackOf(layer: Layer, most: number): HTMLElement {
  // Where nothing is valid there is nothing to measure by, and a bound stands at the end.
  const place = (value: number) => `${most > 0 ? Math.min(value / most, 1) * 100 : 100}%`;
  const [own, before] = [total(layer), totalBefore(layer)];
  const track = h("span", { class: "track" });
  const add = (name: string, style: Record<string, string>) =>
    track.append(styled(h("span", { class: name }), style));
  if (Number.isFinite(before)) add("ghost", { width: place(before) });
  if (Number.isFinite(own)) add("fill", { width: place(own) });
  if (layer.bound_ns) add("bound", { left: place(layer.bound_ns * layer.times) });
  return track;
}

function barOf(layer: Layer, most: number, sum: number): BarRow {
  const own = total(layer);
  const about = [layer.operator, `${formatValue(layer.value_ns)} × ${layer.times}`, layer.device];
  return {
    name: layer.name,
    after: layer.times > 1 ? ` × ${layer.times}` : undefined,
    track: trackOf(layer, most),
    count: Number.isFinite(own)
      ? `${formatValue(own, undefined, 3)} · ${percent(own / sum, 0)}`
      : "nothing valid",
    title: about.filter(Boolean).join("\n"),
  };
}

function summaryOf({ layers, default_total_ns: before }: Network, sum: number): string {
  const known = layers.filter((layer) => Number.isFinite(total(layer)));
  const longest = [...known].sort((a, b) => total(b) - total(a))[0];
  const missing = layers.length - known.length;
  const gain =
    before &&
    `, ${significant(before / sum, 3)} times faster than with default configs (${formatValue(before)})`;
  return [
    `${plural(layers.length, "layer")} take ${formatValue(sum)}${gain || ""}.`,
    longest && `${longest.name} takes the longest, ${percent(total(longest) / sum, 0)}.`,
    missing && `For ${plural(missing, "layer")} nothing valid was found.`,
  ]
    .filter(Boolean)
    .join(" ");
}

function noteOf({ layers, note }: Network): string {
  const bound = layers.some((layer) => layer.bound_ns) && "The tick is the bound of the hardware.";
  const parts = ["Filled: with the best configs. Outlined: with the default configs.", bound, note];
  return parts.filter(Boolean).join(" ");
}

function cellsOf(layer: Layer, sum: number): string[] {
  const { default_ns: before, value_ns: value } = layer;
  return [
    layer.name,
    layer.operator ?? "",
    integer(layer.times),
    formatValue(value),
    formatValue(total(layer)),
    percent(total(layer) / sum),
    formatValue(before),
    before && value ? `${significant(before / value, 3)} ×` : "–",
  ];
}

function render(network: Network): HTMLElement {
  const { layers } = network;
  const sum =
    network.total_ns ??
    layers
      .map(total)
      .filter(Number.isFinite)
      .reduce((a, b) => a + b, 0);
  const all = layers.flatMap((layer) => [total(layer), totalBefore(layer)]).filter(Number.isFinite);
  const most = Math.max(...all, 1);
  const bars = layers.map((layer) => barOf(layer, most, sum));
  return figure({
    title: network.name,
    summary: summaryOf(network, sum),
    chart: barChart(barList("layers", bars), layers.length),
    note: noteOf(network),
    table: {
      head: ["Layer", "Operator", "Times", "One run", "All runs", "Share", "Default", "Gain"],
      rows: () => layers.map((layer) => cellsOf(layer, sum)),
    },
  });
}

export const network: Section = {
  id: "network",
  title: "Layers of the network",
  lead: "Where the time of the network goes, in the order in which its layers run. A layer that occurs several times counts as often.",
  render({ report }: Context) {
    return report.networks?.length ? report.networks.map(render) : undefined;
  },
};
