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

/** How long to wait before asking again for what did not come. */
const RETRY_MS = 2000;

/** Shows what the server tells. A document that is loaded brings the id of the last event that it holds, and the page listens
 * again from there: what came while it was under way is neither missed nor added twice. */
export function follow(live: NonNullable<Report["live"]>, page: Live): void {
  let source: EventSource;
  const listen = (after: string | undefined) => {
    source = new EventSource(addressOf(live.events, { after }));
    source.addEventListener("open", () => page.state("live"));
    source.addEventListener("error", () => {
      page.state("waiting");
      // After a connection that broke the browser tries again by itself; after an answer that is no stream it does not.
      if (source.readyState === EventSource.CLOSED) setTimeout(() => void loadAll(), RETRY_MS);
    });
    source.addEventListener("append", (event) => {
      const news = JSON.parse((event as MessageEvent<string>).data) as Append;
      const old = page.sessions()[news.session];
      const next = old && append(old, news);
      if (!next) return void loadAll();
      page.replace(news.session, next);
      page.changed();
    });
    source.addEventListener("reload", () => void loadAll());
  };
  const loadAll = async () => {
    source.close();
    try {
      const answer = await fetch(addressOf(live.document), { cache: "no-store" });
      if (!answer.ok) throw new Error(answer.statusText);
      const report = (await answer.json()) as Report;
      page.reload(report);
      listen(report.live?.after);
    } catch {
      page.state("waiting");
      setTimeout(() => void loadAll(), RETRY_MS);
    }
  };
  listen(live.after);
}
