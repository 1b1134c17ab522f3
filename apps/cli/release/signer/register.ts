/**
 * The signer's register (`<home>/keys/signer-register.jsonl`): what must outlive the control plane's database, as the
 * control plane told it. It decides nothing here; it is read back when an older database was put back (security rule S8).
 */
import {
  factKey,
  factsPerMessage,
  parseRegisterFact,
  type RegisterFact,
} from '@springline/auto-upgrade/hus/register-fact';
import { type ChainedEntry, ChainedFile, type ChainedFormat } from './chained-file.ts';
import { SignerError } from './error.ts';

/** Subjects; some hundred bytes each. */
const factsLimit = 400_000;

const format: ChainedFormat<RegisterFact> = {
  name: 'springline-signer-register-1',
  limitBytes: 256 * 1024 * 1024,
  parse: parseRegisterFact,
  damaged: (path, why, cause) =>
    new SignerError(
      'signer-register-damaged',
      `${path} ${why}. Nothing that widens is signed. Restore it from your copy of the keys.`,
      { cause },
    ),
  full: (path) =>
    new SignerError('signer-register-full', `${path} is full. Start the signer again: it drops what is old.`),
};

export class SignerRegister {
  readonly #file: ChainedFile<RegisterFact>;
  /** By what it is about, the last word on it; in the order of their sequence numbers. */
  readonly #lastByKey = new Map<string, ChainedEntry<RegisterFact>>();

  /** Drops what later facts took the place of. @throws {SignerError} `signer-register-damaged`. */
  constructor(path: string) {
    this.#file = new ChainedFile(path, format);
    this.#remember(this.#file.entries);
    if (this.#lastByKey.size === this.#file.entries.length) return;
    this.#file.replace([...this.#lastByKey.values()]);
    this.#lastByKey.clear();
    this.#remember(this.#file.entries);
  }

  /** Durable when it returns; a fact that is known as it is changes nothing. @throws {SignerError} when it is full. */
  note(facts: readonly RegisterFact[], at: number): void {
    const unknown = facts.filter((fact) => {
      const known = this.#lastByKey.get(factKey(fact));
      return known === undefined || JSON.stringify(known.event) !== JSON.stringify(fact);
    });
    if (unknown.length === 0) return;
    if (this.#lastByKey.size + unknown.length > factsLimit) {
      throw new SignerError('signer-register-full', `the register holds ${factsLimit} facts; it takes no more`);
    }
    this.#remember(this.#file.append(unknown, at));
  }

  /** The next facts behind the sequence number `after`, oldest first; `next` when there are further ones. */
  page(after: number): { readonly facts: readonly RegisterFact[]; readonly next?: number } {
    const facts: RegisterFact[] = [];
    let last = after;
    for (const { sequence, event } of this.#lastByKey.values()) {
      if (sequence <= after) continue;
      if (facts.length === factsPerMessage) return { facts, next: last };
      facts.push(event);
      last = sequence;
    }
    return { facts };
  }

  #remember(entries: readonly ChainedEntry<RegisterFact>[]): void {
    for (const entry of entries) {
      const key = factKey(entry.event);
      this.#lastByKey.delete(key);
      this.#lastByKey.set(key, entry);
    }
  }
}
