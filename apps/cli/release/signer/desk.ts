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

/** Of one release; a policy changes in between when people or the controller are at work. */
const attemptLimit = 5;

export class SignerDesk {
  readonly #log: Log;
  readonly #signer: Signer;
  readonly #server: Server;

  private constructor(log: Log, signer: Signer, server: Server) {
    this.#log = log;
    this.#signer = signer;
    this.#server = server;
  }

  /**
   * Listens, which no other signer of this home can from then on; then opens the record and makes good what a kill left
   * unpublished. Requests that come meanwhile wait. @throws {SignerError} {LockError}
   */
  static async open(home: string, ring: KeyRing, log: Log): Promise<SignerDesk> {
    const opened = Promise.withResolvers<Signer>();
    opened.promise.catch(() => undefined); // Thrown below; whoever asked meanwhile is told too.
    const server = await serveSigner(home, { answer: async (request) => (await opened.promise).answer(request) }, log);
    try {
      const signer = signerOf(home, ring);
      const desk = new SignerDesk(log, signer, server);
      // Under our own first root and by the keys of now: a policy that the record does not know was signed here.
      signer.begin(publishedText(home, 'newest-root'));
      await desk.publishMissing();
      opened.resolve(signer);
      return desk;
    } catch (error) {
      opened.reject(error);
      close(server);
      throw error;
    }
  }

  /** The record says it was signed, and the tree does not have it: a kill, a full disk, an old copy of the tree. */
  async publishMissing(): Promise<void> {
    if (await this.#signer.republish()) this.#log.info(keeperEvents.policyPublished, {});
  }

  /** Lets releases of the keeper's own building through, where a policy holds what no rollout names. */
  async letThrough(published: readonly PublishedRelease[]): Promise<void> {
    for (const { component, version, releaseNumber, platform, sha256 } of published) {
      const plan: RolloutPlan = {
        ...{ rolloutId: uuidV7(), component, version, releaseNumber, targets: new Map([[platform, sha256]]) },
        ...{ rings: [everybody], haltAt: { minFailures: 1, failurePpm: 0 } },
      };
      const answer = await this.#propose(plan);
      if (answer === undefined) return;
      this.#log.info(keeperEvents.letThrough, { component, version, answer });
    }
  }

  /** Open to all at once. What the signer answered, in a word; `undefined` without a policy. */
  async #propose(plan: RolloutPlan): Promise<string | undefined> {
    for (let attempt = 1; ; attempt++) {
      const state = await this.#signer.answer({ type: 'state' });
      if (!('policy' in state) || state.policy === undefined) return undefined;
      await this.#signer.answer({ type: 'propose-plan', plan: formatPlan(plan) });
      const policy = parsePolicy(Buffer.from(state.policy));
      const now = systemClock.now();
      const begun = withRollout(policy, plan, now);
      const open = withState({ ...begun, version: policy.version }, plan.rolloutId, 'complete', '', now);
      const answer = await this.#signer.answer({ type: 'propose-policy', policy: formatPolicy(open) });
      if (!('kind' in answer)) return 'state';
      // Somebody else's change came in between.
      const isStale = answer.kind === 'refused' && answer.code === 'policy-stale';
      if (!isStale || attempt === attemptLimit) return answer.kind;
    }
  }

  close(): void {
    close(this.#server);
  }
}

function signerOf(home: string, ring: KeyRing): Signer {
  const keys = keysHome(home);
  return new Signer({
    record: SignerRecord.open(keys.signerRecord),
    approversFile: keys.approvers,
    markFile: keys.databaseMark,
    isDevelopment: readProfile(keys)?.profile === 'development',
    clock: systemClock,
    isPublished: (plan) => isPublished(home, plan),
    async publish(text) {
      if (publishedText(home) === text()) return false;
      // Asked again as the only writer: by now there may be a newer one.
      await asOnlyWriter(home, (lock) => publishPolicy(openTurn(lock, ring), text()));
      return true;
    },
  });
}

function close(server: Server): void {
  server.close();
  server.closeAllConnections();
}

function publishedText(home: string, signedBy?: 'newest-root'): string | undefined {
  try {
    return publishedPolicy(home, readRepositories(home, signedBy))?.text;
  } catch {
    return undefined; // Its file is missing, or the tree is damaged: it is written again, or refused when it is.
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
