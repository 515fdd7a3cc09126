/** The layers of a network by time. */
import { figure, h, styled } from "../dom.ts";
import { formatValue, integer, percent, plural, significant } from "../format.ts";
import type { Layer, Network } from "../schema.ts";
import type { Context, Section } from "../section.ts";

function total(layer: Layer): number {
  return (layer.value_ns ?? NaN) * layer.times;
}

function layerRow(layer: Layer, most: number, sum: number): HTMLElement {
  const own = total(layer);
  const before = (layer.default_ns ?? NaN) * layer.times;
  const track = h("span", { class: "track" });
  if (Number.isFinite(before))
    track.append(styled(h("span", { class: "ghost" }), { width: `${(before / most) * 100}%` }));
  if (Number.isFinite(own))
    track.append(styled(h("span", { class: "fill" }), { width: `${(own / most) * 100}%` }));
  if (layer.bound_ns)
    track.append(
      styled(h("span", { class: "bound" }), { left: `${((layer.bound_ns * layer.times) / most) * 100}%` }),
    );
  const label = Number.isFinite(own)
    ? `${formatValue(own, undefined, 3)} · ${percent(own / sum, 0)}`
    : "nothing valid";
  return h(
    "li",
    {
      title: [layer.operator, `${formatValue(layer.value_ns)} × ${layer.times}`, layer.device]
        .filter(Boolean)
        .join("\n"),
    },
    h(
      "span",
      { class: "name" },
      layer.name,
      layer.times > 1 ? h("span", { class: "count" }, ` × ${layer.times}`) : null,
    ),
    track,
    h("span", { class: "count" }, label),
  );
}

function render(network: Network): HTMLElement {
  const known = network.layers.map(total).filter(Number.isFinite);
  const sum = network.total_ns ?? known.reduce((a, b) => a + b, 0);
  const most = Math.max(
    ...network.layers
      .flatMap((layer) => [total(layer), (layer.default_ns ?? NaN) * layer.times])
      .filter(Number.isFinite),
    1,
  );
  const before = network.default_total_ns;
  const longest = [...network.layers]
    .filter((layer) => Number.isFinite(total(layer)))
    .sort((a, b) => total(b) - total(a))[0];
  const list = h(
    "ul",
    { class: "hbars layers", role: "list" },
    ...network.layers.map((layer) => layerRow(layer, most, sum)),
  );
  list.dataset.points = String(network.layers.length);
  const missing = network.layers.length - known.length;
  return figure({
    title: network.name,
    summary:
      `${plural(network.layers.length, "layer")} take ${formatValue(sum)}` +
      (before
        ? `, ${significant(before / sum, 3)} times faster than with default configs (${formatValue(before)})`
        : "") +
      (longest ? `. ${longest.name} takes the longest, ${percent(total(longest) / sum, 0)}.` : ".") +
      (missing ? ` For ${plural(missing, "layer")} nothing valid was found.` : ""),
    chart: h("div", { role: "group" }, list),
    note: [
      "Filled: with the best configs. Outlined: with the default configs." +
        (network.layers.some((layer) => layer.bound_ns) ? " The tick is the bound of the hardware." : ""),
      network.note,
    ]
      .filter(Boolean)
      .join(" "),
    table: {
      head: ["Layer", "Operator", "Times", "One run", "All runs", "Share", "Default", "Gain"],
      rows: () =>
        network.layers.map((layer) => [
          layer.name,
          layer.operator ?? "",
          integer(layer.times),
          formatValue(layer.value_ns),
          formatValue(total(layer)),
          percent(total(layer) / sum),
          formatValue(layer.default_ns),
          layer.default_ns && layer.value_ns ? `${significant(layer.default_ns / layer.value_ns, 3)} ×` : "–",
        ]),
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
