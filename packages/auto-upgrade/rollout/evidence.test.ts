import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { isFailing, isProven, leastProof, type TenantEvidence, weigh } from './evidence.ts';

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

test('S19: where there are three tenants one old agent proves no ring, though the plan asks for one host', () => {
  const one = { minCommitted: 1, minCommittedPpm: 900_000 };
  const others = [of('b', { hosts: 1 }), of('c', { hosts: 1 })];
  assert.equal(isProven([of('a', { committed: 1, hosts: 1 }), ...others], one), false);
  assert.equal(isProven([of('a', { committed: 1_000, hosts: 1_000 }), ...others], one), false);
  const [b, c] = others;
  assert.equal(isProven([of('a', { committed: 1, hosts: 1 }), { ...b!, committed: 1 }, c!], one), true);
});

test('S19: a tenant with many agents stands for half of the least hosts at most', () => {
  const one = { minCommitted: 1, minCommittedPpm: 0 };
  const fleet = (b: number, c: number) => [
    of('a', { committed: 900, hosts: 900 }),
    of('b', { committed: b, hosts: 30 }),
    of('c', { committed: c, hosts: 30 }),
  ];
  // Of 60 hosts without the largest tenant: 6, so 3 of one tenant at most.
  assert.equal(isProven(fleet(2, 0), one), false);
  assert.equal(isProven(fleet(3, 0), one), true);
  assert.equal(isProven(fleet(1, 2), one), true);
});

test('what must be proven at the least grows with the fleet, and no tenant raises it alone', () => {
  const fleet = (tenants: number, hosts: number) =>
    Array.from({ length: tenants }, (_, index) => of(`t${index}`, { hosts }));
  const least = (all: readonly TenantEvidence[]) => leastProof([], all);
  assert.deepEqual(least(fleet(3, 1)), { hosts: 2, tenants: 2 });
  assert.deepEqual(least(fleet(9, 10)), { hosts: 7, tenants: 4 });
  assert.deepEqual(least(fleet(2_000, 250)), { hosts: 19, tenants: 11 });
  assert.deepEqual(least([...fleet(8, 10), of('forged', { hosts: 1_000_000_000 })]), { hosts: 7, tenants: 4 });
});

test('with one or two tenants the least is half of the ring, and no more than one host for each doubling', () => {
  const of40 = (inRing: number) => leastProof([of('a', { hosts: inRing })], [of('a', { hosts: 40 })]);
  assert.deepEqual(
    [0, 1, 2, 3, 40].map((inRing) => of40(inRing).hosts),
    [0, 1, 1, 2, 6],
  );
  const canaries = of('a', { committed: 1, hosts: 6 });
  const rest = of('a', { hosts: 34 });
  const one = { minCommitted: 1, minCommittedPpm: 0 };
  assert.equal(isProven([canaries], one, [canaries, rest]), false);
  assert.equal(isProven([{ ...canaries, committed: 3 }], one, [canaries, rest]), true);
});

test('a ring of which the plan asks no proof needs none', () => {
  const none = { minCommitted: 0, minCommittedPpm: 900_000 };
  assert.equal(
    isProven(
      ['a', 'b', 'c'].map((id) => of(id, { hosts: 9 })),
      none,
    ),
    true,
  );
});

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
      fc.integer({ min: 1, max: 1_000 }),
      fc.nat({ max: 1_000 }),
      (one, silent, minCommitted, hosts) => {
        const others = Array.from({ length: silent }, (_, index) => of(`t${index}`, { hosts }));
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
