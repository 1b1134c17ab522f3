/**
 * Writes `vectors.golden.json`: cases of the rollout decision with their decisions, one a line. The hand-made ones carry the
 * decision that people wrote down; the seeded ones what our implementation says, so that a change of it shows in review.
 *
 * `node conformance/rollout/generate.ts` writes the file; with `--check` it only says whether the file is what it would write.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { caseJson, decideJson } from '@springline/auto-upgrade/rollout/testing/case';
import { handCases } from '@springline/auto-upgrade/rollout/testing/hand-cases';
import { randomCase } from '@springline/auto-upgrade/rollout/testing/random-case';

const seededCount = 200;
const file = join(import.meta.dirname, 'vectors.golden.json');

const byHand = handCases.map(({ name, expected, ...given }) => ({ name, ...caseJson(given), decision: expected }));
const bySeed = Array.from({ length: seededCount }, (_, seed) => {
  const json = caseJson(randomCase(seed));
  return { name: `seed ${seed}`, ...json, decision: decideJson(json) };
});
const lines = [...byHand, ...bySeed].map((vector) => JSON.stringify(vector));
const text = `[\n${lines.join(',\n')}\n]\n`;

if (!process.argv.includes('--check')) writeFileSync(file, text);
else if (readFileSync(file, 'utf8') !== text) {
  process.stderr.write(`${file} is not what generate.ts writes; run it and look at the difference\n`);
  process.exitCode = 1;
}
