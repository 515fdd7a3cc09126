/** Which trials a filter of the table lets through. */
import type { View } from "./model.ts";
import { VERDICT_WORDS } from "./palette.ts";
import { VERDICTS } from "./schema.ts";

type Test = (row: number) => boolean;

/** `knob=value` compares one knob; any other word must occur in message, verdict, device, proposer or number. */
export function testOf(view: View, text: string, verdict: number): Test {
  const tests = text
    .trim()
    .split(/\s+/)
    .filter(Boolean)
    .map((word) => testOfWord(view, word));
  if (verdict >= 0) tests.unshift((row) => view.verdict[row] === verdict);
  return (row) => tests.every((test) => test(row));
}

function testOfWord(view: View, word: string): Test {
  const at = word.indexOf("=");
  const knob = at > 0 ? view.space.knobs.findIndex((one) => one.name === word.slice(0, at)) : -1;
  if (knob >= 0) {
    const value = view.space.knobs[knob]!.values.indexOf(word.slice(at + 1));
    return (row) => view.choices[knob]![row] === value;
  }
  return containing(view, word.toLowerCase());
}

/** Texts are looked up once per distinct text, not once per trial. */
function containing(view: View, word: string): Test {
  const has = (texts: string[] = []) => [false, ...texts.map((text) => text.toLowerCase().includes(word))];
  const verdicts = VERDICTS.map((verdict) => `${verdict} ${VERDICT_WORDS[verdict]}`.includes(word));
  const sessions = new Map(
    view.sessions.map(({ session }) => [
      session,
      {
        messages: has(session.messages),
        devices: has(session.devices),
        proposers: has(session.proposers),
      },
    ]),
  );
  return (row) => {
    const { data, row: at } = view.place(row);
    const found = sessions.get(data.session)!;
    return (
      verdicts[view.verdict[row]!]! ||
      found.messages[data.message[at]!]! ||
      found.devices[data.device[at]!]! ||
      found.proposers[data.proposer[at]!]! ||
      String(data.number[at]) === word
    );
  };
}
