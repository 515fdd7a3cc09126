/** Sample documents: made-up searches whose shapes are those of real ones. Everything derives from fixed seeds. */
export { hostileReport } from "./samples/hostile.ts";
export { chosenTrials, escapeDocument, pageOf } from "./samples/page.ts";
export { condition } from "./samples/rules.ts";
export * from "./samples/small.ts";
export { largeReport, vtaReport } from "./samples/vta.ts";
