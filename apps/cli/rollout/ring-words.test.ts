import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryFolder } from '@springline/control-plane/testing/running-control-plane';
import fc from 'fast-check';
import { minutesFrom, percentText, ppmFromPercent } from '../amounts.ts';
import { CommandError } from '../output.ts';
import { haltRuleFrom, planWordsFromFile, ringsFromTexts } from './ring-words.ts';

const misused = { name: 'CommandError', exitCode: 2 } as const;
const usual = { soakMinutes: 1_440, minCommittedPpm: 900_000 };

test('a ring is a name with words, and what is left out is the usual; after the last ring nothing must be proven', () => {
  assert.deepEqual(ringsFromTexts(['canary start=100% soak=90m committed=3 share=75.5%', 'broad  ramp=0.25%/h']), [
    {
      ...{ name: 'canary', startPpm: 1_000_000, rampPpmPerHour: 0, soakMinutes: 90 },
      ...{ minCommitted: 3, minCommittedPpm: 755_000 },
    },
    { ...usual, name: 'broad', startPpm: 0, rampPpmPerHour: 2_500, minCommitted: 0 },
  ]);
  assert.equal(ringsFromTexts(['canary start=1%', 'broad start=100%'])[0]?.minCommitted, 1);
});

for (const [why, ...texts] of [
  ['opens to nobody', 'canary soak=1h'],
  ['an unknown word', 'canary start=100% speed=9'],
  ['a word of no object', 'canary start=100% __proto__=1'],
  ['a word twice', 'canary start=1% start=2%'],
  ['more than everybody', 'canary start=100.01%'],
  ['no share', 'canary start=half'],
  ['a ramp without its hour', 'canary ramp=5%'],
  ['no time', 'canary start=1% soak=1week'],
  ['a soak that no plan has', 'canary start=1% soak=91d'],
  ['a number of hosts that is none', 'canary start=1% committed=-1'],
  ['a ring twice', 'canary start=1%', 'canary start=2%'],
] as const) {
  test(`a ring is refused: ${why}`, () => assert.throws(() => ringsFromTexts(texts), misused));
}

test('a halt rule is failures and a share', () => {
  assert.deepEqual(haltRuleFrom('2:5%', '--halt-at'), { minFailures: 2, failurePpm: 50_000 });
  for (const text of ['2', '0:5%', '2:5', ':5%', '2:101%', '']) {
    assert.throws(() => haltRuleFrom(text, '--halt-at'), misused);
  }
});

test('every share is written as it is read', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 1_000_000 }), (ppm) => {
      assert.equal(ppmFromPercent(percentText(ppm), 'a share'), ppm);
    }),
  );
});

test('a time is minutes, hours or days up to its limit', () => {
  assert.deepEqual(
    ['90m', '24h', '90d', '0m'].map((text) => minutesFrom(text, 'a time', 90)),
    [90, 1_440, 129_600, 0],
  );
  for (const text of ['', '24', '1.5h', '-1h', '2161h']) assert.throws(() => minutesFrom(text, 'a time', 90), misused);
});

const yaml = `
rings:
  - canary start=100% soak=24h
  - name: broad
    ramp: 1%/h
    committed: 5
haltAt: "3:10%"
notBefore: 2026-12-01T06:00:00Z
`;

test('a file in YAML or JSON says the same in the same words', (t) => {
  const folder = temporaryFolder(t);
  const [inYaml, inJson, list] = ['a.yaml', 'b.json', 'c.yml'].map((name) => join(folder, name)) as [
    string,
    string,
    string,
  ];
  const rings = ['canary start=100% soak=24h', { name: 'broad', ramp: '1%/h', committed: 5 }];
  writeFileSync(inYaml, yaml);
  writeFileSync(inJson, JSON.stringify({ rings, haltAt: '3:10%', notBefore: '2026-12-01T06:00:00Z' }));
  writeFileSync(list, '- canary start=100%\n');
  const planned = planWordsFromFile(inYaml);
  assert.deepEqual(planned, {
    rings: ringsFromTexts(['canary start=100%', 'broad ramp=1%/h committed=5']),
    haltAt: { minFailures: 3, failurePpm: 100_000 },
    notBefore: '2026-12-01T06:00:00.000Z',
  });
  assert.deepEqual(planWordsFromFile(inJson), planned);
  assert.deepEqual(planWordsFromFile(list), { rings: ringsFromTexts(['canary start=100%']) });
});

for (const [why, name, text] of [
  ['no YAML', 'a.yaml', 'rings: [unclosed'],
  ['no JSON', 'a.json', '{'],
  ['no rings', 'a.yaml', 'rings: []\n'],
  ['too many rings', 'a.json', JSON.stringify(Array(17).fill('a start=1%'))],
  ['an unknown member', 'a.yaml', 'rings: [a start=1%]\nhurry: true\n'],
  ['a prototype', 'a.json', '{"rings":["a start=1%"],"__proto__":{"x":1}}'],
  ['a prototype in a ring', 'a.json', '[{"name":"a","start":"1%","__proto__":{"x":1}}]'],
  ['aliases', 'a.yaml', 'rings:\n  - &one {name: a, start: 1%}\n  - *one\n'],
  ['a ring that is a list', 'a.json', '[["a"]]'],
  ['a word that is a list', 'a.json', '[{"name":"a","start":["1%"]}]'],
  ['nothing', 'a.yaml', ''],
  ['great depth', 'a.json', `${'['.repeat(30_000)}${']'.repeat(30_000)}`],
  ['great depth in YAML', 'a.yaml', `${'['.repeat(30_000)}${']'.repeat(30_000)}`],
  ['great length', 'a.yaml', `# ${'x'.repeat(70_000)}\n- a start=1%\n`],
] as const) {
  test(`a file of rings is refused with one line: ${why}`, (t) => {
    const path = join(temporaryFolder(t), name);
    writeFileSync(path, text);
    assert.throws(
      () => planWordsFromFile(path),
      (error) => error instanceof CommandError && error.exitCode === 2 && !error.message.includes('\n'),
    );
  });
}

test('a file that is not there or is a folder is refused', (t) => {
  const folder = temporaryFolder(t);
  for (const path of [folder, join(folder, 'none.yaml')]) assert.throws(() => planWordsFromFile(path), misused);
});
