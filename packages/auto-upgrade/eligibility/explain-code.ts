/**
 * What any text that stands where a result code is expected means: a code of the catalogue, one that names the step after
 * which an upgrade was taken back, an unknown one of a known kind, or no code at all. Logs and reports of Entra Connect
 * hold free text there.
 */
import { type CatalogueEntry, resultCatalogue } from './result-code.ts';
import type { ResultCategory } from './result-entry.ts';

export interface ExplainedCode {
  /** As given, without space around it, cut to 128 characters. */
  readonly code: string;
  readonly category: ResultCategory;
  /** The entry of the catalogue, if the code is in there. */
  readonly entry?: CatalogueEntry;
  /** Of `UpgradeFailedRollback…-<step>`. */
  readonly rollback?: { readonly worked: boolean; readonly step: string };
  /** In a sentence, whatever it is. */
  readonly meaning: string;
}

const codeLimit = 128;
const compound = /^UpgradeFailedRollback(Success|Failed)-([A-Za-z0-9_.-]{1,96})$/;

const prefixes: readonly (readonly [RegExp, ResultCategory, string])[] = [
  [/^Success$/, 'success', 'It was upgraded.'],
  [/^UpgradeAborted/, 'aborted', 'An obstacle that passes; it is tried again by itself.'],
  [
    /^UpgradeNotSupported/,
    'not-supported',
    'The configuration is in the way; it is looked at again, and a person acts.',
  ],
  [/^UpgradeFailed/, 'failed', 'The upgrade began and failed.'],
];

export function explainCode(text: string): ExplainedCode {
  const code = text
    .slice(0, 4 * codeLimit)
    .trim()
    .slice(0, codeLimit);
  const entry = resultCatalogue.get(code);
  const [, outcome, step] = compound.exec(code) ?? [];
  const rollback = step === undefined ? {} : { rollback: { worked: outcome === 'Success', step } };
  if (entry !== undefined) {
    const meaning = entry.applies === 'here' ? entry.here : (entry.inEntra ?? entry.here);
    return { code, category: entry.category, entry, ...rollback, meaning };
  }
  if (step !== undefined) {
    const end =
      outcome === 'Success' ? 'the build before it runs again' : 'the build before it could not be brought back';
    return { code, category: 'failed', ...rollback, meaning: `The upgrade failed at the step ${step}; ${end}.` };
  }
  const [, category, meaning] = prefixes.find(([form]) => form.test(code)) ?? [];
  if (category === undefined || meaning === undefined) {
    return { code, category: 'other', meaning: 'No code that is known; the text is all that there is.' };
  }
  return { code, category, meaning: `${meaning} The code itself is not known.` };
}
