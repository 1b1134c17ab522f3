import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { EpochMs } from '@springline/ports/clock';
import fc from 'fast-check';
import { decideExportLease, exportLeaseMs, type HeldLease, type LeaseFacts, type LeaseWish } from './export-lease.ts';

const now = Date.UTC(2026, 10, 22, 14) as EpochMs;
const wish: LeaseWish = { agentId: 'b', connectorId: 'cb', bootNonce: 'b1', source: 'openldap:dc=x', ask: 'acquire' };
const held: HeldLease = {
  ...{ agentId: 'a', connectorId: 'ca', bootNonce: 'a1', fencing: 7, since: now, source: 'openldap:dc=x' },
  ...{ expiresAt: (now + 1) as EpochMs, isActive: true, isConflicted: false },
};
const past = { ...held, expiresAt: now };
const facts: LeaseFacts = { held, sameDirectoryElsewhere: undefined, lastFencing: 7, now };

interface Row {
  readonly name: string;
  readonly wish?: Partial<LeaseWish>;
  readonly facts?: Partial<LeaseFacts>;
  /** `taken`, `forced`, `kept` or the code of the refusal. */
  readonly outcome: string;
}

const rows: readonly Row[] = [
  { name: 'a lease that nobody has is taken', facts: { held: undefined }, outcome: 'taken' },
  { name: 'a lease that another agent has is not', outcome: 'export-lease-held' },
  { name: 'nor is it by promotion', wish: { ask: 'promote' }, outcome: 'export-lease-held' },
  { name: 'force takes it from whoever has it', wish: { ask: 'force' }, outcome: 'forced' },
  { name: 'one past its time waits for its holder', facts: { held: past }, outcome: 'export-lease-held' },
  { name: 'promotion takes one past its time', wish: { ask: 'promote' }, facts: { held: past }, outcome: 'taken' },
  { name: 'one of a revoked agent is free', facts: { held: { ...held, isActive: false } }, outcome: 'taken' },
  {
    name: 'one of a conflicted agent waits for a person',
    facts: { held: { ...held, isConflicted: true } },
    outcome: 'export-lease-held',
  },
  {
    name: 'promotion takes the lease of a conflicted agent',
    wish: { ask: 'promote' },
    facts: { held: { ...held, isConflicted: true } },
    outcome: 'taken',
  },
  { name: 'the holder keeps its own', wish: { agentId: 'a', bootNonce: 'a1' }, outcome: 'kept' },
  {
    name: 'the holder keeps its own past its time, as long as nobody took it',
    wish: { agentId: 'a', bootNonce: 'a1' },
    facts: { held: past },
    outcome: 'kept',
  },
  { name: 'an agent takes it over from its own past', wish: { agentId: 'a', bootNonce: 'a2' }, outcome: 'taken' },
  {
    name: 'a server that reads another directory is not promoted',
    wish: { ask: 'promote', source: 'openldap:dc=y' },
    facts: { held: past },
    outcome: 'export-source-differs',
  },
  {
    name: 'force promotes also a server that reads another directory',
    wish: { ask: 'force', source: 'openldap:dc=y' },
    facts: { held: past },
    outcome: 'taken',
  },
  {
    name: 'a directory that another source exports is not exported twice, also not by force',
    wish: { ask: 'force' },
    facts: { held: undefined, sameDirectoryElsewhere: 'contoso' },
    outcome: 'export-source-elsewhere',
  },
  {
    name: 'who holds it already goes on, whatever another source reads',
    wish: { agentId: 'a', bootNonce: 'a1' },
    facts: { sameDirectoryElsewhere: 'contoso' },
    outcome: 'kept',
  },
];

for (const { name, wish: words, facts: known, outcome } of rows) {
  test(`S16: ${name}`, () => {
    const decision = decideExportLease({ ...wish, ...words }, { ...facts, ...known });
    const shown =
      decision.kind === 'refused'
        ? decision.code
        : decision.kind === 'taken' && decision.isForced
          ? 'forced'
          : decision.kind;
    assert.equal(shown, outcome);
  });
}

test('S16: numbers rise with every holder, also over a database that was put back', () => {
  const decision = decideExportLease({ ...wish, ask: 'force' }, { ...facts, lastFencing: 7 });
  assert.equal(decision.kind === 'taken' && decision.lease.fencing, now / 1000);
  const later = decideExportLease({ ...wish, ask: 'force' }, { ...facts, lastFencing: now });
  assert.equal(later.kind === 'taken' && later.lease.fencing, now + 1);
});

test('S16: without force two agents never hold a lease within its time of each other', () => {
  const step = fc.record({
    agent: fc.constantFrom('a', 'b', 'c'),
    ask: fc.constantFrom('acquire' as const, 'promote' as const),
    boot: fc.constantFrom('1', '2'),
    waitMs: fc.constantFrom(0, 1_000, exportLeaseMs - 1, exportLeaseMs),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
      let lease: HeldLease | undefined;
      let at = now as number;
      for (const { agent, ask, boot, waitMs } of steps) {
        at += waitMs;
        const before = lease;
        const asker = { ...wish, agentId: agent, bootNonce: boot, ask };
        const lastFencing = lease?.fencing ?? 0;
        const decision = decideExportLease(asker, { ...facts, held: lease, lastFencing, now: at as EpochMs });
        if (decision.kind === 'refused') continue;
        lease = { ...decision.lease, isActive: true, isConflicted: false };
        if (before === undefined || before.agentId === agent) continue;
        assert.ok(at >= before.expiresAt, `${agent} took it from ${before.agentId} in its time`);
        assert.ok(lease.fencing > before.fencing);
      }
    }),
  );
});
