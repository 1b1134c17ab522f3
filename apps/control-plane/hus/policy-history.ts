/**
 * Which policy was in force when. The signer tells the present one alone, so each is put down as it is seen: when it is
 * signed at our asking, and every minute. A time of which nothing is known counts as one in which nothing could be had.
 */

import type { PolicyInForce } from '@springline/auto-upgrade/campaign/offered-time';
import type { SignerState } from '@springline/auto-upgrade/hus/signer-message';
import { parsePolicy, type RolloutPolicy } from '@springline/auto-upgrade/rollout/policy';
import type { Clock, EpochMs } from '@springline/ports/clock';
import type { Database } from '../storage/database.ts';
import {
  notePolicy,
  policiesKept,
  policyTextKept,
  type SeenPolicy,
  seenPolicies,
} from '../storage/upgrade/policies.ts';
import type { SignerPort } from './signer-client.ts';

/** How often it is put down that a policy is in force still. */
const noteEveryMs = 60_000;
const always = 0 as EpochMs;
const never = Number.MAX_SAFE_INTEGER as EpochMs;
const utf8 = new TextEncoder();

export class PolicyHistory {
  readonly #database: Database;
  readonly #clock: Clock;
  readonly #asked: SignerPort;
  /** By their text. Those that are kept have room twice, so that a walk over all of them finds them again. */
  readonly #parsed = new Map<string, RolloutPolicy>();
  #parsedText = 0;
  #noted: { readonly text: string; readonly at: EpochMs } | undefined;

  constructor(database: Database, clock: Clock, signer: SignerPort) {
    this.#database = database;
    this.#clock = clock;
    this.#asked = signer;
  }

  /** The signer, asked so that what it signs is put down. */
  get signer(): SignerPort {
    const signer = this.#asked;
    return {
      facts: (after) => signer.facts(after),
      begunPlans: () => signer.begunPlans(),
      state: () => this.#state(),
      ask: async (question) => {
        const answer = await signer.ask(question);
        if (question.type === 'propose-policy' && answer.kind === 'done') await this.#note(question.policy);
        return answer;
      },
    };
  }

  /** Oldest first; the last one is in force. @throws {ProblemError} `signer-unreachable`. */
  async inForce(): Promise<readonly PolicyInForce[]> {
    const { policy } = await this.#state();
    if (policy === undefined) return [{ policy: undefined, from: always, until: never }];
    const seen = await seenPolicies(this.#database.read);
    const [first] = seen;
    // Before the first policy of all there was none.
    const isFirstOfAll = first?.version === 1 && !first.isAfterOther;
    const before = isFirstOfAll ? [{ policy: undefined, from: always, until: first.issuedAt }] : [];
    return [...before, ...seen.map((each, at) => this.#inForce(each, seen[at + 1]))];
  }

  #inForce({ version, issuedAt, seenAt, policy }: SeenPolicy, next: SeenPolicy | undefined): PolicyInForce {
    const until = next === undefined ? never : next.version === version + 1 ? next.issuedAt : seenAt;
    return { policy: this.#parse(policy), from: issuedAt, until };
  }

  async #state(): Promise<SignerState> {
    const state = await this.#asked.state();
    if (state.policy !== undefined) await this.#note(state.policy);
    return state;
  }

  async #note(text: string): Promise<void> {
    const at = this.#clock.now();
    if (this.#noted?.text === text && Math.abs(at - this.#noted.at) < noteEveryMs) return;
    const { version, issuedAt } = this.#parse(text);
    await this.#database.write((writer) => notePolicy(writer, { version, issuedAt, seenAt: at, policy: text }));
    this.#noted = { text, at };
  }

  #parse(text: string): RolloutPolicy {
    const known = this.#parsed.get(text);
    if (known !== undefined) return known;
    const policy = parsePolicy(utf8.encode(text));
    this.#parsed.set(text, policy);
    this.#parsedText += text.length;
    for (const [oldest] of this.#parsed) {
      if (this.#parsed.size <= 2 * policiesKept && this.#parsedText <= 2 * policyTextKept) break;
      this.#parsed.delete(oldest);
      this.#parsedText -= oldest.length;
    }
    return policy;
  }
}
