/** Keeps the page of `tamis watch` up to date. It only ever reads. */
import { append, type SessionData } from "./model.ts";
import type { Append, Report } from "./schema.ts";

export interface Live {
  sessions: () => SessionData[];
  replace: (index: number, data: SessionData) => void;
  reload: (report: Report) => void;
  changed: () => void;
  state: (state: "live" | "waiting") => void;
}

/** Addresses are resolved below the page's own, with its token. */
function addressOf(path: string, more: Record<string, string | undefined> = {}): string {
  const url = new URL(path, location.href);
  url.search = location.search;
  for (const [name, value] of Object.entries(more))
    if (value !== undefined) url.searchParams.set(name, value);
  return url.toString();
}

export function follow(live: NonNullable<Report["live"]>, page: Live): void {
  const source = new EventSource(addressOf(live.events, { after: live.after }));
  const loadAll = async () => {
    const answer = await fetch(addressOf(live.document), { cache: "no-store" });
    if (answer.ok) page.reload((await answer.json()) as Report);
  };
  source.addEventListener("open", () => page.state("live"));
  source.addEventListener("error", () => page.state("waiting"));
  source.addEventListener("append", (event) => {
    const news = JSON.parse((event as MessageEvent<string>).data) as Append;
    const old = page.sessions()[news.session];
    const next = old && append(old, news);
    if (!next) return void loadAll();
    page.replace(news.session, next);
    page.changed();
  });
  source.addEventListener("reload", () => void loadAll());
}
