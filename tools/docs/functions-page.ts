/** `docs/reference/expression-functions.md`: every function of the expression language, by family. */

import { functionCatalogue } from '@springline/connect-sync/rules/expression/functions/catalogue';
import type { FunctionFamily } from '@springline/connect-sync/rules/expression/functions/definition';
import { code, tableOf } from './markdown.ts';

const families: Readonly<Record<FunctionFamily, string>> = {
  flow: 'Flow',
  evaluation: 'Evaluation',
  text: 'Text',
  'multi-valued': 'Several values',
  conversion: 'Conversion',
  math: 'Numbers',
  'date-time': 'Date and time',
  'directory-names': 'Names of entries',
  certificate: 'Certificates',
};

export function functionsPage(): string {
  return `# Functions of expressions

The functions that an attribute flow may call. How expressions are written: [Rules](../guides/rules.md#expressions).

Names are case-sensitive. Types in the signatures:

| type | value |
| --- | --- |
| \`str\` | a text |
| \`num\` | a whole number of 64 bits, with sign |
| \`bool\` | \`True\` or \`False\` |
| \`bin\` | bytes, such as objectGUID |
| \`ref\` | a reference: the DN of another entry |
| \`dt\` | an instant in UTC; exists inside expressions only |
| \`var\` | a value of any type |
| \`exp\` | a condition |
| \`mv\`, \`mvstr\` | all values of an attribute; of texts |

A function for one value that meets an attribute with several is applied to each. Most functions give NULL when an
argument is NULL. What fails says so with a code: [Expressions](errors.md#expressions).

${(Object.keys(families) as FunctionFamily[]).map(sectionOf).join('\n\n')}
`;
}

function sectionOf(family: FunctionFamily): string {
  const rows = functionCatalogue
    .filter((entry) => entry.family === family)
    .map(({ signature, summary }) => [code(signature), summary]);
  return `## ${families[family]}\n\n${tableOf(['function', 'what it gives'], rows)}`;
}
