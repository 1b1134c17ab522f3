import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { isFailing, isProven, type TenantEvidence, weigh } from './evidence.ts';

const haltAt = { minFailures: 3, failurePpm: 20_000 };
const need = { minCommitted: 30, minCommittedPpm: 900_000 };
const of = (tenantId: string, counts: Partial<TenantEvidence>): TenantEvidence => ({
  ...{ tenantId, activating: 0, committed: 0, failed: 0, silent: 0 },
  ...counts,
});
const well = (tenantId: string, committed = 100) => of(tenantId, { committed });
const ill = (tenantId: string, failed = 100) => of(tenantId, { failed });

for (const row of [
  { name: 'nothing reported is no failure', evidence: [], failing: false },
  {
    name: 'where there is one tenant, its failures count as they are',
    evidence: [of('a', { failed: 3, committed: 100 })],
    failing: true,
  },
  {
    name: 'two failures of a hundred are too few to judge by',
    evidence: [of('a', { failed: 2, committed: 1 })],
    failing: false,
  },
  { name: 'a rare failure is below the share', evidence: [of('a', { failed: 3, committed: 148 })], failing: false },
  { name: 'silence is failure', evidence: [of('a', { activating: 3, silent: 3, committed: 100 })], failing: true },
  { name: 'those still at it have not failed', evidence: [of('a', { activating: 3, committed: 100 })], failing: false },
  { name: 'of two tenants either can halt', evidence: [ill('a'), well('b', 100_000)], failing: true },
  {
    name: 'of three tenants none can halt alone',
    evidence: [ill('a', 1_000_000), well('b'), well('c')],
    failing: false,
  },
  {
    name: 'nor where the others have reported nothing',
    evidence: [ill('a', 1_000_000), of('b', {}), of('c', {})],
    failing: false,
  },
  { name: 'nor under several entries', evidence: [ill('a'), ill('a'), ill('a'), well('b'), well('c')], failing: false },
  { name: 'two of three can', evidence: [ill('a'), ill('b'), well('c')], failing: true },
  { name: 'one of three cannot mask the two', evidence: [ill('a'), ill('b'), well('c', 1_000_000_000)], failing: true },
]) {
  test(`failing: ${row.name}`, () => assert.equal(isFailing(row.evidence, haltAt), row.failing));
}

for (const row of [
  { name: 'enough of one tenant is enough where there is one', evidence: [well('a', 30)], proven: true },
  { name: 'one too few is not', evidence: [well('a', 29)], proven: false },
  { name: 'too many that did not commit is not', evidence: [of('a', { committed: 30, activating: 4 })], proven: false },
  {
    name: 'of three tenants one counts for a third',
    evidence: [well('a', 1_000), well('b', 9), well('c', 10)],
    proven: false,
  },
  { name: 'three thirds are enough', evidence: [well('a', 1_000), well('b', 10), well('c', 10)], proven: true },
  {
    name: 'one of four that only begins does not stop the others',
    evidence: [well('a'), well('b'), well('c'), of('d', { activating: 1_000_000 })],
    proven: true,
  },
]) {
  test(`proven: ${row.name}`, () => assert.equal(isProven(row.evidence, need), row.proven));
}

test('the sums show every report once, and silence among the failures', () => {
  const evidence = [of('a', { activating: 5, committed: 7, failed: 2, silent: 3 }), well('a', 1), well('b', 4)];
  assert.deepEqual(weigh(evidence), { tenants: 2, began: 19, committed: 12, failed: 5 });
});

const count = fc.oneof(fc.nat({ max: 5 }), fc.nat({ max: 2_000 }));
const counts = fc.record({ activating: count, committed: count, failed: count, silent: count });
const tenants = fc
  .array(counts, { minLength: 3, maxLength: 7 })
  .map((list) => list.map((each, index) => of(`t${index}`, each)));
const forged = fc
  .record({ activating: fc.nat(), committed: fc.nat(), failed: fc.nat(), silent: fc.nat() })
  .map((each) => of('forged', each));
const without = (list: readonly TenantEvidence[], one: TenantEvidence) => list.filter((each) => each !== one);
const limits = fc.record({
  minFailures: fc.integer({ min: 1, max: 20 }),
  failurePpm: fc.integer({ min: 1, max: 500_000 }),
});
/** The test of plain sums: what would be said if nobody could lie. */
const failsPlainly = (list: readonly TenantEvidence[], { minFailures, failurePpm }: typeof haltAt): boolean => {
  const { failed, began } = weigh(list);
  return failed >= minFailures && failed * 1_000_000 >= failurePpm * began;
};
const runs = { numRuns: 5_000 };

test('S19: a forged tenant brings about no halt for which the others give no reason', () => {
  fc.assert(
    fc.property(tenants, forged, limits, (others, one, limit) => {
      if (!isFailing([...others, one], limit)) return;
      assert.ok(weigh(others).failed >= limit.minFailures);
      const share = { ...limit, minFailures: 0 };
      assert.ok([others, ...others.map((each) => without(others, each))].some((list) => failsPlainly(list, share)));
    }),
    runs,
  );
});

test('S19: a forged tenant masks no failure that shows without any one of the others', () => {
  fc.assert(
    fc.property(tenants, forged, limits, (others, one, limit) => {
      fc.pre(others.every((each) => failsPlainly(without(others, each), limit)));
      assert.ok(isFailing([...others, one], limit));
    }),
    runs,
  );
});

test('S19: a forged tenant alone proves nothing where there are others', () => {
  fc.assert(
    fc.property(
      forged,
      fc.integer({ min: 2, max: 9 }),
      fc.integer({ min: 2, max: 1_000 }),
      (one, silent, minCommitted) => {
        const others = Array.from({ length: silent }, (_, index) => of(`t${index}`, {}));
        assert.equal(isProven([one, ...others], { minCommitted, minCommittedPpm: 0 }), false);
      },
    ),
  );
});

test('the order of reports makes no difference', () => {
  fc.assert(
    fc.property(tenants, limits, (list, limit) => {
      assert.equal(isFailing([...list].reverse(), limit), isFailing(list, limit));
    }),
  );
});
