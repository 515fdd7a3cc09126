/** Walking through what a chart shows by arrow keys: along a lane, and from one lane to another. */

/** Things side by side. A chart without lanes is a single one. */
export interface WalkLane {
  count: number;
  /** Ascending in `i`. */
  x: (i: number) => number;
  /** Absent where a thing has no height of its own. */
  y?: (i: number) => number;
  text: (i: number) => string;
}

/** Where a walk stands. */
export interface Stop {
  x: number;
  y?: number;
  text: string;
}

/** The first thing of a lane that is not left of a place; the last where all are. */
function placeIn(lane: WalkLane, x: number): number {
  let [low, high] = [0, lane.count - 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (lane.x(middle) < x) low = middle + 1;
    else high = middle;
  }
  return low;
}

export class Walk {
  private readonly lanes: WalkLane[];
  private lane = 0;
  private at = -1;

  /** Lanes from top to bottom; empty ones are walked over. */
  constructor(lanes: WalkLane[]) {
    this.lanes = lanes.filter((lane) => lane.count > 0);
  }

  /** Where a key leads to; nothing for a key that leads nowhere. */
  move(key: string): Stop | undefined {
    const lane = this.lanes[this.lane];
    if (!lane) return undefined;
    if (key === "ArrowRight") this.along(lane, this.at + 1);
    else if (key === "ArrowLeft") this.along(lane, this.at < 0 ? lane.count - 1 : this.at - 1);
    else if (key === "Home") this.along(lane, 0);
    else if (key === "End") this.along(lane, lane.count - 1);
    else if (this.lanes.length > 1 && key === "ArrowDown") this.across(lane, 1);
    else if (this.lanes.length > 1 && key === "ArrowUp") this.across(lane, -1);
    else return undefined;
    return this.stop();
  }

  private along(lane: WalkLane, at: number): void {
    this.at = Math.min(Math.max(at, 0), lane.count - 1);
  }

  /** From outside of the chart the first step leads to the first lane. */
  private across(from: WalkLane, by: number): void {
    if (this.at < 0) return this.along(from, 0);
    const next = Math.min(Math.max(this.lane + by, 0), this.lanes.length - 1);
    if (next === this.lane) return;
    this.lane = next;
    this.at = placeIn(this.lanes[next]!, from.x(this.at));
  }

  private stop(): Stop {
    const lane = this.lanes[this.lane]!;
    return { x: lane.x(this.at), y: lane.y?.(this.at), text: lane.text(this.at) };
  }
}
