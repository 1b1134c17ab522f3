/** The client's side of tests against a `HostileRepository`: enrol, refresh, expect a refusal. For tests only. */
import assert from 'node:assert/strict';
import type { EpochMs } from '@springline/ports/clock';
import { refreshRepository, type TrustedRepository, trustInitialRoot } from '../client/refresh.ts';
import { TrustError, type TrustErrorCode } from '../error.ts';
import { type Draft, type HostileRepository, MemoryStore } from './hostile-repository.ts';

/** When these tests play. */
export const now = Date.UTC(2026, 10, 22, 14) as EpochMs;
export const dayMs = 86_400_000;

/** A date of metadata, in days from `now`. */
export function day(offset: number): string {
  return `${new Date(now + offset * dayMs).toISOString().slice(0, 19)}Z`;
}

/** A client that trusts the first root of the repository. */
export function enrolled(repository: HostileRepository): MemoryStore {
  const store = new MemoryStore();
  trustInitialRoot(store, repository.files.get('1.root.json') ?? new Uint8Array(), repository.pin());
  store.changes.length = 0;
  return store;
}

export function refresh(
  repository: HostileRepository,
  store: MemoryStore,
  at: number = now,
): Promise<TrustedRepository> {
  return refreshRepository({ store, fetch: repository.fetch, now: at as EpochMs }, new AbortController().signal);
}

export async function refused(work: Promise<unknown>, code: TrustErrorCode): Promise<void> {
  await assert.rejects(work, (error) => {
    assert.ok(error instanceof TrustError, String(error));
    assert.equal(error.code, code, error.message);
    return true;
  });
}

/** An edit that sets one member of `signed`. */
export function set(name: string, value: unknown): (signed: Draft) => void {
  return (signed) => {
    signed[name] = value;
  };
}

/** One bit changed, inside `text`. */
export function flip(bytes: Uint8Array, text: string): Uint8Array {
  const copy = Buffer.from(bytes);
  const at = copy.indexOf(text) + 2;
  assert.ok(at > 2);
  copy[at] = (copy[at] ?? 0) ^ 1;
  return copy;
}
