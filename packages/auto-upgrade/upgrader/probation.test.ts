import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type Before, judgeProbation, type Observed, pingLimit } from './probation.ts';

const minuteMs = 60_000;
const observed: Observed = {
  elapsedMs: 1_000,
  outsideEnds: 0,
  unansweredPings: 0,
  configuration: 'c1',
  dependenciesReachable: true,
};
const before: Before = { cycleResult: 'success', configuration: 'c1', cycleMs: 10_000 };

for (const row of [
  { name: 'a build that has not ended a cycle yet is waited for', seen: {}, verdict: 'waiting' },
  { name: 'a whole cycle proves a build', seen: { cycleResult: 'success' }, verdict: 'proven' },
  {
    name: 'a cycle that ends as the old build’s did proves it too: the fault is not the build’s',
    seen: { cycleResult: 'completed-export-errors' },
    was: { cycleResult: 'completed-export-errors' },
    verdict: 'proven',
  },
  {
    name: 'a cycle that did not get through shows nothing, also when the old build’s did not either',
    seen: { cycleResult: 'no-start-connection' },
    was: { cycleResult: 'no-start-connection' },
    verdict: 'waiting',
  },
  {
    name: 'when the old build never ended a cycle, one with faults of single objects proves a build',
    seen: { cycleResult: 'completed-export-errors' },
    was: { cycleResult: undefined },
    verdict: 'proven',
  },
  {
    name: 'a cycle with new faults condemns it',
    seen: { cycleResult: 'completed-export-errors' },
    verdict: 'its first cycle ended with completed-export-errors',
  },
  {
    name: 'a cycle that broke down condemns it',
    seen: { cycleResult: 'stopped-error-limit' },
    verdict: 'its first cycle ended with stopped-error-limit',
  },
  {
    name: 'a crash condemns it',
    seen: { ended: { detail: 'ended with code 1', byItself: true } },
    verdict: 'the new build ended with code 1',
  },
  {
    name: 'a crash condemns it also after a whole cycle',
    seen: { cycleResult: 'success', ended: { detail: 'ended by SIGSEGV', byItself: true } },
    verdict: 'the new build ended by SIGSEGV',
  },
  {
    name: 'an end by somebody else’s signal does not',
    seen: { ended: { detail: 'ended by SIGKILL', byItself: false }, outsideEnds: 1 },
    verdict: 'waiting',
  },
  {
    name: 'a second end by somebody else does: whoever sends them may be the kernel, for want of memory',
    seen: { outsideEnds: 2 },
    verdict: 'the new build was ended from outside again and again',
  },
  {
    name: 'a build that says that it cannot work is condemned in its own words',
    seen: { stuck: 'config-malformed: line 3' },
    verdict: 'the new build cannot work: config-malformed: line 3',
  },
  {
    name: 'a hang condemns it',
    seen: { unansweredPings: pingLimit },
    verdict: 'the new build did not answer for 5 s',
  },
  { name: 'a slow answer does not', seen: { unansweredPings: pingLimit - 1 }, verdict: 'waiting' },
  {
    name: 'another reading of the same configuration condemns it',
    seen: { configuration: 'c2', cycleResult: 'success' },
    verdict: 'the new build understands the configuration in another way',
  },
  { name: 'a configuration that is not told yet does not', seen: { configuration: '' }, verdict: 'waiting' },
  {
    name: 'an old build that never told its configuration leaves nothing to compare',
    seen: { configuration: 'c2', cycleResult: 'success' },
    was: { configuration: '' },
    verdict: 'proven',
  },
  {
    name: 'five minutes without a cycle are waited',
    seen: { elapsedMs: 5 * minuteMs },
    verdict: 'waiting',
  },
  {
    name: 'more condemn it',
    seen: { elapsedMs: 5 * minuteMs + 1 },
    verdict: 'it did not end a cycle in time',
  },
  {
    name: 'where cycles take long, three times as long is waited',
    seen: { elapsedMs: 30 * minuteMs },
    was: { cycleMs: 10 * minuteMs },
    verdict: 'waiting',
  },
  {
    name: 'a cycle that the other side of a connection ended is waited out',
    seen: { cycleResult: 'stopped-server-down' },
    verdict: 'waiting',
  },
  {
    name: 'so is one that a person stopped',
    seen: { cycleResult: 'stopped-user-termination-from-wmi-or-ui' },
    verdict: 'waiting',
  },
  {
    name: 'cycles that cannot get through, where the Updater can, condemn it',
    seen: { cycleResult: 'no-start-connection', elapsedMs: 6 * minuteMs },
    verdict: 'its cycles end with no-start-connection, and what it needs can be reached from here',
  },
] as const) {
  test(row.name, () => {
    const was = { ...before, ...('was' in row ? row.was : {}) } as Before;
    const verdict = judgeProbation({ ...observed, ...row.seen }, was);
    const expected =
      row.verdict === 'waiting' || row.verdict === 'proven'
        ? { kind: row.verdict }
        : { kind: 'condemned', reason: row.verdict };
    assert.deepEqual(verdict, expected);
  });
}

const outside = fc.constantFrom(
  'no-start-connection',
  'no-start-credentials',
  'stopped-server-down',
  'stopped-connectivity',
);

test('S18: while what the build needs cannot be reached, no cycle that fails for it condemns the build', () => {
  fc.assert(
    fc.property(fc.option(outside, { nil: undefined }), fc.nat(5 * minuteMs), (result, elapsedMs) => {
      const seen = { ...observed, elapsedMs, dependenciesReachable: false };
      const verdict = judgeProbation(result === undefined ? seen : { ...seen, cycleResult: result }, before);
      assert.equal(verdict.kind, 'waiting');
    }),
  );
});

test('without a whole cycle nothing is ever proven', () => {
  const seen = fc.record({
    elapsedMs: fc.nat(),
    outsideEnds: fc.nat(3),
    unansweredPings: fc.nat(6),
    configuration: fc.constantFrom('', 'c1', 'c2'),
    dependenciesReachable: fc.boolean(),
  });
  fc.assert(
    fc.property(seen, (one) => {
      assert.notEqual(judgeProbation(one, before).kind, 'proven');
    }),
  );
});
