import assert from 'node:assert/strict';
import { test } from 'node:test';
import { publicHistory } from './public-history.ts';
import { supportEnd } from './support.ts';

const published = publicHistory.records.filter(({ publishedSupportEnd }) => publishedSupportEnd !== undefined);
const exceptions = [
  ['2.5.79.0', '2026-11-19', '2026-10-23'],
  ['2.4.131.0', '2026-05-27', '2026-05-26'],
  ['2.4.21.0', '2025-11-14', '2025-11-15'],
];

test('the rule gives every published end of support but these, and says why they differ', () => {
  const differing = published.flatMap(({ product, version }) => {
    const support = supportEnd(publicHistory, product, version)!;
    assert.notEqual(support.reason, 'no reason is known');
    return support.differs ? [[version, support.computed, support.published]] : [];
  });
  assert.deepEqual(differing, exceptions);
  assert.equal(published.length, 23);
});

for (const [version, computed, rule, endedBy] of [
  ['2.6.92.0', undefined, 'newest', undefined],
  ['2.6.79.0', undefined, 'recalled', undefined],
  ['2.6.3.0', '2027-07-07', 'twelve-months', '2.6.84.0'],
  ['2.3.2.0', '2025-04-30', 'forced-minimum', '2.4.18.0'],
  ['2.3.20.0', '2025-04-30', 'forced-minimum', '2.4.18.0'],
  ['2.2.8.0', '2024-12-12', 'twelve-months', '2.3.2.0'],
  ['2.1.18.0', '2023-11-02', 'twelve-months', '2.1.19.0'],
  ['2.0.3.0', '2023-03-15', 'rule-began', '2.0.8.0'],
  ['1.6.16.0', '2022-08-31', 'generation-retired', undefined],
  ['1.0.494.0501', '2022-08-31', 'generation-retired', undefined],
  ['1.1.558.0', undefined, 'none', undefined],
] as const) {
  test(`Connect Sync ${version} is supported until ${computed ?? 'nobody knows'} (${rule})`, () => {
    const support = supportEnd(publicHistory, 'connect-sync', version)!;
    assert.deepEqual([support.computed, support.rule, support.endedBy], [computed, rule, endedBy]);
  });
}

test('an end that only third parties tell of is not reckoned with, and a version nobody released has none', () => {
  assert.equal(supportEnd(publicHistory, 'connect-sync', '2.6.3.0')?.differs, false);
  assert.equal(supportEnd(publicHistory, 'connect-sync', '2.3.3.0'), undefined);
});

test('agents without a published rule have no reckoned end', () => {
  assert.deepEqual(supportEnd(publicHistory, 'health', '4.5.2466'), { rule: 'none', differs: false });
  assert.deepEqual(supportEnd(publicHistory, 'cloud-sync', '1.1.281.0'), { rule: 'none', differs: false });
});

test('a minimum that caps ends support sooner and never later', () => {
  const record = { product: 'connect-sync', channels: [], status: 'released', notes: [] } as const;
  const history = {
    ...publicHistory,
    records: [
      { ...record, version: '3.0.0.0', releasedOn: '2026-01-31' },
      { ...record, version: '3.1.0.0', releasedOn: '2028-02-29' },
      { ...record, version: '3.2.0.0', releasedOn: '2028-03-01' },
    ],
    forcedMinimums: [
      {
        product: 'connect-sync',
        version: '3.2',
        deadline: '2029-02-28',
        takes: [],
        support: 'caps',
        source: 'published',
      },
    ],
  } as const;
  assert.deepEqual(
    ['3.0', '3.1'].map((version) => supportEnd(history, 'connect-sync', version)?.computed),
    ['2029-02-28', '2029-02-28'],
  );
});
