/**
 * Watches with the signer that the database never becomes older (rule S8). It tells the signer how far the database is
 * and what must outlive it, and asks at each start whether the signer has seen more than there is. If so, the database is
 * restored: what was good on the day of the backup is void, the signer's register is carried out, rollouts stand still
 * until a person lets them go on.
 *
 * As long as the signer was not asked, nothing is asked of it that could widen a rollout; everything else is served. What
 * was never told it cannot know: of a change that no signer heard of before its database was lost nothing is left.
 */
import { ProblemError } from '@springline/api/problem';
import { withHalt } from '@springline/auto-upgrade/hus/policy-change';
import { factsPerMessage, type RegisterFact } from '@springline/auto-upgrade/hus/register-fact';
import type { SignerState } from '@springline/auto-upgrade/hus/signer-message';
import { formatPolicy, parsePolicy, type RolloutPolicy } from '@springline/auto-upgrade/rollout/policy';
import type { Clock, EpochMs } from '@springline/ports/clock';
import type { Log } from '@springline/ports/log';
import { events } from '../events.ts';
import type { SignerPort } from '../hus/signer-client.ts';
import type { Job } from '../platform/jobs.ts';
import { appendAudit } from '../storage/platform/audit.ts';
import { readCounter, removeCounter, setCounter } from '../storage/platform/counters.ts';
import { lastRestoration, type Restoration, setRestorationStep } from '../storage/platform/restorations.ts';
import { nextSignerFacts, removeSignerFactsThrough } from '../storage/platform/signer-facts.ts';
import { listTenants } from '../storage/platform/tenants.ts';
import type { SqliteDatabase } from '../storage/sqlite/open.ts';
import { type RestoredPart, replayRegister, restoreDatabase } from './restore.ts';
import { rememberRollouts } from './rollouts.ts';

const roundMs = 15_000;
/** After a commit: what comes together is told together. */
const tellAfterMs = 100;
/** As long as the signer was not asked. */
const askAgainMs = 1_000;
/** A start waits no longer for a signer that hangs. */
const firstLookLimitMs = 5_000;
/** At the end; what is not told by then is told after the next start. */
const lastWordLimitMs = 2_000;
/** The register's own bound, and some: a signer that never ends is not believed. */
const factsLimit = 500_000;

const utf8 = new TextEncoder();

interface WatchDeps {
  readonly database: SqliteDatabase;
  readonly clock: Clock;
  readonly log: Log;
  readonly signer: SignerPort;
  readonly parts: readonly RestoredPart[];
  /** After the tokens are gone: an administrator and the admin token's file are good again. */
  readonly prepareAccess: () => Promise<void>;
}

export class DatabaseWatch {
  readonly #deps: WatchDeps;
  #turn: Promise<unknown> = Promise.resolve();
  #isChecked = false;
  #isAway = false;
  /** Both processes start together: that the signer is not there yet is nothing to tell. */
  #mayComplain = false;
  #isEnding = false;
  /** What the signer has of the mark, as far as this process knows. */
  #notedMark = -1;
  #timer: NodeJS.Timeout | undefined;
  #stopListening: () => void = () => undefined;

  constructor(deps: WatchDeps) {
    this.#deps = deps;
  }

  /** For everybody else: asks for nothing that widens before the signer's word on the database was heard. */
  get signer(): SignerPort {
    const { signer } = this.#deps;
    return {
      ...signer,
      ask: async (question) => {
        if (!this.#isChecked && question.type !== 'withdraw') await this.#requireCheck();
        return signer.ask(question);
      },
    };
  }

  async #requireCheck(): Promise<void> {
    try {
      await this.look();
    } catch (error) {
      // What it could not be told, it is told later.
      if (!this.#isChecked) throw error;
    }
  }

  /** Before anything is written; waits for the signer, but not for long. */
  async start(): Promise<void> {
    const { database } = this.#deps;
    await database.write(async (writer) => {
      // Stays until the signer was asked: what is done meanwhile must not make an older database look newer.
      if ((await readCounter(writer, 'unchecked-mark')) !== undefined) return;
      await setCounter(writer, 'unchecked-mark', (await readCounter(writer, 'mark')) ?? 0);
    });
    await within(firstLookLimitMs, this.#lookQuietly());
    this.#stopListening = database.onCommit(() => this.#soon(this.#isChecked ? tellAfterMs : askAgainMs));
    if (!this.#isChecked) this.#soon(askAgainMs);
  }

  /** Tells the signer how far the database came. */
  async end(): Promise<void> {
    this.#isEnding = true;
    this.#stopListening();
    clearTimeout(this.#timer);
    await within(lastWordLimitMs, this.#lookQuietly());
  }

  /** The job that looks at each round of the controller. */
  get job(): Job {
    return {
      kind: 'signer-watch',
      everyMs: roundMs,
      run: async () => {
        this.#mayComplain = true;
        return { told: await this.#lookQuietly() };
      },
    };
  }

  /** Asks the signer, does what follows, and tells it what it does not know. @throws {ProblemError} `signer-unreachable`. */
  look(): Promise<number> {
    const looked = this.#turn.then(() => this.#look());
    this.#turn = looked.catch(() => undefined); // Whoever asked is told.
    return looked;
  }

  /** A person lets rollouts go on where there is no policy that says so. */
  async resumed(now: EpochMs): Promise<void> {
    const restoration = await lastRestoration(this.#deps.database.read);
    if (restoration === undefined || restoration.endedAt !== null || restoration.haltedAt === null) return;
    const policy = policyOf(await this.#deps.signer.state());
    if (policy?.isHalted !== true) await this.#goOn(restoration, now);
  }

  async #look(): Promise<number> {
    const { database, signer, clock } = this.#deps;
    const now = clock.now();
    const state = await signer.state();
    const mark = (await readCounter(database.read, 'mark')) ?? 0;
    const unchecked = await readCounter(database.read, 'unchecked-mark');
    const found = Math.min(mark, unchecked ?? mark);
    if (found < state.databaseMark) await this.#restore(found, state, now);
    else if (unchecked !== undefined) {
      await database.write((writer) => removeCounter(writer, 'unchecked-mark'));
    }
    await this.#followUp(state, now);
    this.#isChecked = true;
    return this.#tell();
  }

  async #restore(foundMark: number, state: SignerState, now: EpochMs): Promise<void> {
    const { database, parts, log, prepareAccess } = this.#deps;
    const { databaseMark: notedMark } = state;
    const facts = await this.#facts(state);
    await database.write((writer) => restoreDatabase(writer, { foundMark, notedMark, facts }, parts, now));
    log.error(events.databaseRestored, { foundMark, notedMark, isRegisterBelieved: facts !== undefined });
    await prepareAccess();
  }

  /** What of a restoration could not be done at once, and its end. */
  async #followUp(state: SignerState, now: EpochMs): Promise<void> {
    const { database, prepareAccess } = this.#deps;
    const restoration = await lastRestoration(database.read);
    if (restoration === undefined) return;
    const { epoch } = restoration;
    if (restoration.replayedAt === null) {
      const facts = await this.#facts(state);
      if (facts !== undefined) {
        await database.write((writer) => replayRegister(writer, epoch, facts, now));
        await prepareAccess();
      }
    }
    if (restoration.haltedAt === null) await this.#halt(restoration, now);
    else if (restoration.endedAt === null && policyOf(state)?.isHalted === false) await this.#goOn(restoration, now);
  }

  /** Repeated as a whole until it was done once. */
  async #halt({ epoch }: Restoration, now: EpochMs): Promise<void> {
    const { database, signer } = this.#deps;
    let policy = policyOf(await signer.state());
    // Without a policy there is no rollout to hold; a first policy would shut what was open without one, for good.
    if (policy !== undefined && !policy.isHalted) {
      policy = withHalt(policy, true, now);
      const answer = await signer.ask({ type: 'propose-policy', policy: formatPolicy(policy) });
      if (answer.kind !== 'done') throw new ProblemError('signer-unreachable', 'the signer did not halt the rollouts');
    }
    await signer.ask({ type: 'void-approvals', by: 'the control plane, on a restored database' });
    const { plans } = await signer.begunPlans();
    await database.write(async (writer) => {
      await rememberRollouts(writer, plans, policy, now);
      await setRestorationStep(writer, epoch, 'halted_at', now);
    });
  }

  async #goOn({ epoch }: Restoration, now: EpochMs): Promise<void> {
    await this.#deps.database.write(async (writer) => {
      await setRestorationStep(writer, epoch, 'ended_at', now);
      const [operator] = await listTenants(writer);
      if (operator === undefined) return;
      const event = { at: now, actor: 'system', action: 'database.restoration-ended', subject: 'database' };
      await appendAudit(writer, operator.id, { ...event, detail: { epoch } });
    });
  }

  /** The whole register; undefined when the signer does not believe it. */
  async #facts({ registerProblem }: SignerState): Promise<readonly RegisterFact[] | undefined> {
    if (registerProblem !== undefined) return undefined;
    const facts: RegisterFact[] = [];
    for (let after: number | undefined = 0; after !== undefined; ) {
      const page = await this.#deps.signer.facts(after);
      facts.push(...page.facts);
      if (facts.length > factsLimit) throw new ProblemError('signer-unreachable', 'its register has no end');
      after = page.next;
    }
    return facts;
  }

  /** Facts first: of a mark that is known, nothing is missing. Returns how many facts were told. */
  async #tell(): Promise<number> {
    const { database, signer } = this.#deps;
    let told = 0;
    try {
      for (;;) {
        const waiting = await nextSignerFacts(database.read, 0, factsPerMessage);
        const last = waiting.at(-1);
        if (last === undefined) break;
        await signer.ask({ type: 'note-facts', facts: waiting.map(({ fact }) => fact) });
        await database.write((writer) => removeSignerFactsThrough(writer, last.sequence));
        told += waiting.length;
      }
    } finally {
      // Also when the register takes nothing: that the database is older is still found.
      const mark = (await readCounter(database.read, 'mark')) ?? 0;
      if (mark > this.#notedMark) {
        await signer.ask({ type: 'note-mark', mark });
        this.#notedMark = mark;
      }
    }
    return told;
  }

  #soon(afterMs: number): void {
    if (this.#isEnding || this.#timer !== undefined) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      const done = this.#isChecked ? this.#inTurn(() => this.#tell()) : this.look();
      void this.#quietly(done).then(() => {
        if (!this.#isChecked) this.#soon(askAgainMs);
      });
    }, afterMs).unref();
  }

  #inTurn(work: () => Promise<number>): Promise<number> {
    const done = this.#turn.then(work);
    this.#turn = done.catch(() => undefined); // Whoever asked is told.
    return done;
  }

  #lookQuietly(): Promise<number> {
    return this.#quietly(this.look());
  }

  /** The signer may be away for long, and says so once. */
  async #quietly(work: Promise<number>): Promise<number> {
    const { log } = this.#deps;
    try {
      const told = await work;
      if (this.#isAway) log.info(events.signerBack, {});
      this.#isAway = false;
      return told;
    } catch (error) {
      const { code = 'internal-error', message } = error as Error & { code?: string };
      if (code !== 'signer-unreachable') log.error(events.jobFailed, { kind: 'signer-watch', code });
      if (code === 'signer-unreachable' && !this.#isAway && this.#mayComplain && !this.#isEnding) {
        this.#isAway = true;
        log.warn(events.signerAway, { code, reason: message });
      }
      return 0;
    }
  }
}

function policyOf({ policy }: SignerState): RolloutPolicy | undefined {
  return policy === undefined ? undefined : parsePolicy(utf8.encode(policy));
}

/** `work` goes on when it takes longer. */
async function within(limitMs: number, work: Promise<unknown>): Promise<void> {
  const late = Promise.withResolvers<void>();
  const timer = setTimeout(late.resolve, limitMs);
  await Promise.race([work, late.promise]);
  clearTimeout(timer);
}
