/**
 * The signer of a home: its record beside the keys, its door, and what it puts into the Director repository. It shares the
 * process and the lock of whoever keeps the repositories signed.
 */
import type { Server } from 'node:http';
import { withRollout, withState } from '@springline/auto-upgrade/hus/policy-change';
import { componentTargetPath } from '@springline/auto-upgrade/release/target-path';
import type { RolloutPlan } from '@springline/auto-upgrade/rollout/plan';
import { formatPlan } from '@springline/auto-upgrade/rollout/plan';
import { formatPolicy, parsePolicy } from '@springline/auto-upgrade/rollout/policy';
import { systemClock } from '@springline/ports/clock';
import type { Log } from '@springline/ports/log';
import { uuidV7 } from '@springline/ports/uuid';
import { imageTargets } from '../delegations.ts';
import { keeperEvents } from '../events.ts';
import type { KeyRing } from '../key-ring.ts';
import { asOnlyWriter } from '../lock.ts';
import { publishedPolicy } from '../policy.ts';
import { readProfile } from '../profile.ts';
import { openTurn, type PublishedRelease } from '../publish.ts';
import { keysHome } from '../roles.ts';
import { readRepositories } from '../sign.ts';
import { publishPolicy } from './publish-policy.ts';
import { SignerRecord } from './record.ts';
import { serveSigner } from './serve.ts';
import { Signer } from './signer.ts';

/** A rollout that is nothing of the kind: on one machine what was just built is wanted at once. */
const everybody = {
  name: 'broad',
  startPpm: 1_000_000,
  rampPpmPerHour: 0,
  soakMs: 0,
  minCommitted: 0,
  minCommittedPpm: 0,
};

export class SignerDesk {
  readonly #home: string;
  readonly #log: Log;
  readonly #signer: Signer;
  #server: Server | undefined;

  private constructor(home: string, log: Log, signer: Signer) {
    this.#home = home;
    this.#log = log;
    this.#signer = signer;
  }

  /** Opens the record, makes good what a kill left unpublished, and listens. @throws {SignerError} {LockError} */
  static async open(home: string, ring: KeyRing, log: Log): Promise<SignerDesk> {
    const keys = keysHome(home);
    const signer = new Signer({
      record: SignerRecord.open(keys.signerRecord),
      approversFile: keys.approvers,
      markFile: keys.databaseMark,
      isDevelopment: readProfile(keys)?.profile === 'development',
      clock: systemClock,
      isPublished: (plan) => isPublished(home, plan),
      publish: (text) => asOnlyWriter(home, (lock) => publishPolicy(openTurn(lock, ring), text)),
    });
    const desk = new SignerDesk(home, log, signer);
    await desk.publishMissing();
    desk.#server = await serveSigner(home, signer, log);
    return desk;
  }

  /** The record says it was signed, and the tree does not have it: a kill, a full disk, an old copy of the tree. */
  async publishMissing(): Promise<void> {
    if (await this.#signer.republish(publishedText(this.#home))) this.#log.info(keeperEvents.policyPublished, {});
  }

  /** Lets releases of the keeper's own building through, where a policy holds what no rollout names. */
  async letThrough(published: readonly PublishedRelease[]): Promise<void> {
    for (const { component, version, releaseNumber, platform, sha256 } of published) {
      const state = await this.#signer.answer({ type: 'state' });
      if (!('policy' in state) || state.policy === undefined) return;
      const policy = parsePolicy(Buffer.from(state.policy));
      const plan: RolloutPlan = {
        ...{ rolloutId: uuidV7(), component, version, releaseNumber, targets: new Map([[platform, sha256]]) },
        ...{ rings: [everybody], haltAt: { minFailures: 1, failurePpm: 0 } },
      };
      await this.#signer.answer({ type: 'propose-plan', plan: formatPlan(plan) });
      const now = systemClock.now();
      const begun = withRollout(policy, plan, now);
      const open = withState({ ...begun, version: policy.version }, plan.rolloutId, 'complete', '', now);
      const answer = await this.#signer.answer({ type: 'propose-policy', policy: formatPolicy(open) });
      this.#log.info(keeperEvents.letThrough, { component, version, answer: 'kind' in answer ? answer.kind : 'state' });
    }
  }

  close(): void {
    this.#server?.close();
    this.#server?.closeAllConnections();
  }
}

function publishedText(home: string): string | undefined {
  try {
    return publishedPolicy(home, readRepositories(home))?.text;
  } catch {
    return undefined; // Its file is missing: it is written again.
  }
}

/** Whether Image has the release under exactly these digests. */
function isPublished(home: string, { component, version, releaseNumber, targets }: RolloutPlan): boolean {
  const image = imageTargets(readRepositories(home).image);
  return [...targets].every(([platform, sha256]) => {
    const target = image.get(componentTargetPath({ component, version, platform }));
    const facts = Object(target?.custom) as { releaseNumber?: unknown };
    return target?.hashes.get('sha256') === sha256 && facts.releaseNumber === releaseNumber;
  });
}
