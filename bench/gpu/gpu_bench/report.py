"""The results as a table and as JSON."""

from .cuda import describe_clocks

TAMIS = "tamis"


def best_library(times):
    """(name, median) of the fastest that is not tamis, or nothing."""
    others = {name: time["median_ns"] for name, time in times.items() if name != TAMIS}
    return min(others.items(), key=lambda one: one[1]) if others else None


def speed(times):
    """How many times faster than the best library tamis is, or nothing."""
    best = best_library(times)
    return best[1] / times[TAMIS]["median_ns"] if best and TAMIS in times else None


def microseconds(ns):
    return f"{ns / 1000:.1f}" if ns is not None else "-"


def row_of(layer, result):
    times = result.get("times", {})
    ours = times.get(TAMIS, {}).get("median_ns")
    best = best_library(times)
    ratio = speed(times)
    tuned = result.get("tuned", {})
    return [layer.name, layer.type, microseconds(ours),
            f"{2e-3 * layer.multiply_adds() / ours:.2f}" if ours else "-",
            microseconds(best[1] if best else None), best[0] if best else "-",
            f"{ratio:.2f}" if ratio else "-", f"{layer.goal:.1f}",
            "-" if ratio is None else "yes" if ratio >= layer.goal else "no", str(tuned.get("trials", "-"))]


HEADER = ["layer", "type", "tamis, us", "TFLOP/s", "library, us", "library", "speed", "goal", "reached", "trials"]


def draw(rows):
    """A table: words to the left, numbers to the right."""
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    left = {0, 1, 5}
    lines = []
    for number, row in enumerate(rows):
        lines.append("  ".join(cell.ljust(width) if i in left else cell.rjust(width)
                               for i, (cell, width) in enumerate(zip(row, widths))).rstrip())
        if number == 0:
            lines.append("  ".join("-" * width for width in widths))
    return "\n".join(lines)


def text_of(results, layers):
    """The whole report: the card, a row a layer, and all that was not compared."""
    card = results["card"]
    lines = [f"{card.get('name', 'no card')} ({card.get('architecture', '?')}), driver {card.get('driver', '?')}, CUDA "
             f"{card.get('cuda', '?')}, NVRTC {results.get('nvrtc', '?')}; {results['caches']} caches",
             f"clocks before: {describe_clocks(results.get('clocks_before'))}",
             f"clocks after: {describe_clocks(results.get('clocks_after'))}", ""]
    lines.append(draw([HEADER] + [row_of(layer, results["layers"].get(layer.name, {})) for layer in layers]))
    lines += ["", "speed: how many times faster than the fastest library tamis is, by medians of samples taken in turn"]
    for layer in layers:
        result = results["layers"].get(layer.name, {})
        others = ", ".join(f"{name} {microseconds(time['median_ns'])}" for name, time in result.get("times", {}).items())
        if others:
            lines.append(f"{layer.name}: {others}")
        lines += [f"{layer.name}: {name} is left out: {why}" for name, why in result.get("left_out", {}).items()]
    return "\n".join(lines + [f"note: {note}" for note in results["notes"]]) + "\n"
