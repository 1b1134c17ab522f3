/** A signer with a record on disk, a clock that stands still, and a tree that is a list. For tests only. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { withHalt } from '@springline/auto-upgrade/hus/policy-change';
import type { Assertion, SignerAnswer, SignerState, WideningRule } from '@springline/auto-upgrade/hus/signer-message';
import { formatPlan, planDigest, type RolloutPlan } from '@springline/auto-upgrade/rollout/plan';
import { formatPolicy, type RolloutPolicy } from '@springline/auto-upgrade/rollout/policy';
import { FakeClock } from '@springline/ports/clock';
import { writeApprovers } from '../approvers.ts';
import { type RecordLimits, SignerRecord } from '../record.ts';
import { Signer } from '../signer.ts';
import { approval, approverOf, type Passkey } from './passkey.ts';

export const start = Date.UTC(2026, 10, 22, 14);
export const hourMs = 3_600_000;

export const plan: RolloutPlan = {
  rolloutId: '01920000-0000-7000-8000-000000000001',
  component: 'connect-sync',
  version: '1.2.4.0',
  releaseNumber: 7,
  targets: new Map([['linux-x64', 'ab'.repeat(32)]]),
  rings: [
    { name: 'canary', startPpm: 1_000_000, rampPpmPerHour: 0, soakMs: hourMs, minCommitted: 0, minCommittedPpm: 0 },
    { name: 'broad', startPpm: 0, rampPpmPerHour: 100_000, soakMs: 0, minCommitted: 0, minCommittedPpm: 0 },
  ],
  haltAt: { minFailures: 1, failurePpm: 0 },
};
export const digest = planDigest(plan);

export interface Desk {
  readonly signer: Signer;
  readonly clock: FakeClock;
  readonly published: string[];
  readonly recordFile: string;
  state(): Promise<SignerState>;
  /** Proposes `plan`, or a variant of it. */
  plan(changes?: Partial<RolloutPlan>): Promise<SignerAnswer>;
  policy(policy: RolloutPolicy): Promise<SignerAnswer>;
  withdraw(digest: string): Promise<SignerAnswer>;
  /** What a passkey has to sign. */
  challenge(digest: string): Promise<string>;
  approve(digest: string, assertion: Assertion): Promise<SignerAnswer>;
  /** Each of them approves; the last answer. */
  approveBy(digest: string, ...passkeys: readonly Passkey[]): Promise<SignerAnswer>;
  setApprovers(passkeys: readonly Passkey[], rule?: WideningRule): void;
  /** The same desk after the process was killed. */
  reopen(): Desk;
}

interface Choices {
  readonly isDevelopment?: boolean;
  readonly rule?: WideningRule;
  readonly limits?: RecordLimits;
}

export function desk(t: TestContext, approvers: readonly Passkey[], choices: Choices = {}): Desk {
  const folder = mkdtempSync(join(tmpdir(), 'springline-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const approversFile = join(folder, 'approvers.json');
  const setApprovers = (passkeys: readonly Passkey[], rule = choices.rule): void =>
    writeApprovers(approversFile, { approvers: passkeys.map(approverOf), ...(rule === undefined ? {} : { rule }) });
  setApprovers(approvers);
  const clock = new FakeClock(start);
  const published: string[] = [];
  const recordFile = join(folder, 'record.jsonl');
  const open = (): Desk => {
    const signer = new Signer({
      ...{ record: SignerRecord.open(recordFile, choices.limits), approversFile, clock },
      isDevelopment: choices.isDevelopment ?? false,
      markFile: join(folder, 'mark.json'),
      isPublished: ({ version }) => version === plan.version,
      publish: async (text) => published.at(-1) !== text() && published.push(text()) > 0,
    });
    const ask = (request: Parameters<Signer['answer']>[0]) => signer.answer(request) as Promise<SignerAnswer>;
    const state = () => signer.answer({ type: 'state' }) as Promise<SignerState>;
    const challenge = async (wanted: string): Promise<string> => {
      const { pending } = await state();
      return pending.find((each) => each.digest === wanted)?.challenge ?? assert.fail(`${wanted} does not wait`);
    };
    const approve = (wanted: string, assertion: Assertion) => ask({ type: 'approve', digest: wanted, assertion });
    return {
      ...{ signer, clock, published, recordFile, reopen: open, state, challenge, approve, setApprovers },
      plan: (changes = {}) => ask({ type: 'propose-plan', plan: formatPlan({ ...plan, ...changes }) }),
      policy: (policy) => ask({ type: 'propose-policy', policy: formatPolicy(policy) }),
      withdraw: (wanted) => ask({ type: 'withdraw', digest: wanted, by: 'person:ada' }),
      async approveBy(wanted, ...passkeys) {
        let answer: SignerAnswer | undefined;
        for (const each of passkeys) answer = await approve(wanted, approval(each, await challenge(wanted)));
        return answer ?? assert.fail('somebody approves');
      },
    };
  };
  return open();
}

export const kindOf = (answer: SignerAnswer): string => (answer.kind === 'refused' ? answer.code : answer.kind);

/** A policy is in force, so that whatever is new widens. */
export async function withFirstPolicy(one: Desk): Promise<RolloutPolicy> {
  const policy = withHalt(undefined, false, one.clock.now());
  assert.equal(kindOf(await one.policy(policy)), 'done');
  return policy;
}

/** The same, and `plan` is approved by each of them. */
export async function withApprovedPlan(one: Desk, ...passkeys: readonly Passkey[]): Promise<RolloutPolicy> {
  const policy = await withFirstPolicy(one);
  await one.plan();
  await one.approveBy(digest, ...passkeys);
  return policy;
}
