/**
 * The one catalogue of result codes: those that this product gives and those of Entra Connect that it only reads. The
 * documents are made from it.
 */
import { type GateId, gates } from './gate.ts';
import type { ResultCategory, ResultMeaning, Retry } from './result-entry.ts';
import { type HereCode, resultsHere } from './results-here.ts';
import { resultsRecognised } from './results-recognised.ts';

export interface CatalogueEntry {
  readonly category: ResultCategory;
  readonly applies: 'here' | 'recognised';
  /** What Entra Connect means by it; absent for codes of ours. */
  readonly inEntra?: string;
  /** What it means here; of a recognised one, why it cannot occur here. */
  readonly here: string;
  readonly remedy: string;
  readonly retry: Retry;
  /** Gates that readiness shows with this code. */
  readonly gates: readonly GateId[];
  /** The build of Entra Connect from which on it is not given any more. */
  readonly retiredIn?: string;
}

/** How an upgrade ended, or why none begins, as this agent says it. */
export type ResultCode = HereCode;

/** Every code that this agent gives, with what to do. */
export const resultCodes: Readonly<Record<ResultCode, ResultMeaning>> = resultsHere;

export function isResultCode(text: string): text is ResultCode {
  return Object.hasOwn(resultsHere, text);
}

/** Every known code, those given here first. */
export const resultCatalogue: ReadonlyMap<string, CatalogueEntry> = new Map<string, CatalogueEntry>([
  ...Object.entries(resultsHere).map(([code, { meaning, ...entry }]): [string, CatalogueEntry] => [
    code,
    { ...entry, applies: 'here', here: meaning, gates: gatesOf(code) },
  ]),
  ...Object.entries(resultsRecognised).map(([code, { whyNotHere, ...entry }]): [string, CatalogueEntry] => [
    code,
    { ...entry, applies: 'recognised', here: whyNotHere, gates: [] },
  ]),
]);

function gatesOf(code: string): readonly GateId[] {
  return (Object.keys(gates) as GateId[]).filter((id) => gates[id].code === code);
}
