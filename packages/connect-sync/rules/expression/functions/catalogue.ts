/** The functions of the language as data, from which the documents are made. */
import type { FunctionEntry } from './definition.ts';
import { specialForms } from './flow.ts';
import { functionDefinitions } from './lookup.ts';

/** By name. */
export const functionCatalogue: readonly FunctionEntry[] = [...functionDefinitions, ...specialForms]
  .map(({ name, family, signature, summary }) => ({ name, family, signature, summary }))
  .sort((a, b) => (a.name < b.name ? -1 : 1));
