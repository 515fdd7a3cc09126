/** What a section of the page is. */
import type { View } from "./model.ts";
import type { Report, SectionName } from "./schema.ts";

export interface Context {
  report: Report;
  view: View;
  /** What the reader chose in a section; it outlives redrawing. */
  remembered<T>(key: string, first: T): { value: T };
  /** Draws the section again. */
  redraw(): void;
}

export interface Section {
  id: SectionName;
  title: string;
  /** One or two sentences on what is to be seen. */
  lead: string;
  /** Its content, or a sentence that says what is missing and why, or nothing where it does not apply. */
  render(context: Context): Node[] | string | undefined;
}
