import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { EpochMs } from '@springline/ports/clock';
import type { JsonValue } from '@springline/tuf/canonical-json';
import { TrustError, type TrustErrorCode } from '@springline/tuf/error';
import type { TargetSources } from '@springline/tuf/find-target';
import type { TargetFile, Targets } from '@springline/tuf/metadata/targets';
import fc from 'fast-check';
import {
  parseRecalls,
  type RecalledBuild,
  recallLifeMs,
  recallRole,
  recallsJson,
  recallTargetPath,
} from '../release/recall-statement.ts';
import { type Recalls, recallsOf } from './recall.ts';

const component = 'connect-sync';
const now = Date.UTC(2026, 10, 22) as EpochMs;
const hash = (letter: string): string => letter.repeat(64);

function build(letter: string, stop: RecalledBuild['stop'] = 'new'): RecalledBuild {
  return {
    sha256: hash(letter),
    version: '2.6.0.0',
    stop,
    reason: 'it loses deletes',
    recalledAt: '2026-11-20T00:00:00Z',
  };
}

const known = (...builds: readonly RecalledBuild[]): Recalls => new Map(builds.map((each) => [each.sha256, each]));

function targets(signedAt: number | undefined, ...files: readonly TargetFile[]): Targets {
  const head = { version: 1, expires: (now + 1) as EpochMs, extra: new Map() };
  const signed = signedAt === undefined ? {} : { signedAt: signedAt as EpochMs };
  return { ...head, ...signed, targets: new Map(files.map((file) => [file.path, file])) };
}

const entry = (custom: JsonValue): TargetFile => ({
  ...{ path: recallTargetPath(component), length: 1, hashes: new Map([['sha256', hash('0')]]), custom },
});

/** An Image repository whose recall role says this. */
function image(
  custom: JsonValue,
  change: Partial<TargetSources> = {},
  signedAt: number | undefined = now,
): TargetSources {
  const role = { name: recallRole(component), keyIds: new Set<string>(), threshold: 1, isTerminating: true };
  return {
    targets: {
      ...targets(now),
      delegations: { keys: new Map(), roles: [{ ...role, paths: [recallTargetPath(component)] }] },
    },
    delegated: new Map([[recallRole(component), targets(signedAt, entry(custom))]]),
    refused: new Map(),
    ...change,
  };
}

const stated = (...builds: readonly RecalledBuild[]): JsonValue => recallsJson(component, builds);
const refusedWith = (code: TrustErrorCode) => ({
  refused: new Map([[recallRole(component), new TrustError(code, 'no')]]),
  delegated: new Map(),
});

for (const { name, at, code, before = known() } of [
  { name: 'is there', at: image(stated()), code: undefined },
  {
    name: 'holds all that was recalled',
    at: image(stated(build('a'), build('b'))),
    before: known(build('a')),
    code: undefined,
  },
  { name: 'was signed 30 days ago', at: image(stated(), {}, now - recallLifeMs), code: undefined },
  { name: 'was signed earlier', at: image(stated(), {}, now - recallLifeMs - 1), code: 'recall-expired' },
  {
    name: 'does not say when it was signed',
    at: image(stated(), { delegated: new Map([[recallRole(component), targets(undefined, entry(stated()))]]) }),
    code: 'recall-expired',
  },
  { name: 'expired by its own word', at: image(stated(), refusedWith('metadata-expired')), code: 'recall-expired' },
  { name: 'is listed and not served', at: image(stated(), refusedWith('metadata-missing')), code: 'recall-missing' },
  { name: 'is signed by a stranger', at: image(stated(), refusedWith('below-threshold')), code: 'below-threshold' },
  { name: 'has no role', at: image(stated(), { targets: targets(now) }), code: 'recall-missing' },
  {
    name: 'is empty of targets',
    at: image(stated(), { delegated: new Map([[recallRole(component), targets(now)]]) }),
    code: 'recall-missing',
  },
  {
    name: 'is said by the top-level targets',
    at: image(stated(), { targets: targets(now, entry(stated())) }),
    code: 'recall-missing',
  },
  { name: 'is of another component', at: image(recallsJson('agent-updater', [])), code: 'malformed-recall' },
  { name: 'is of another form', at: image({ format: 'springline-recall-2' }), code: 'malformed-recall' },
  {
    name: 'lacks a build that was recalled before',
    at: image(stated(build('b'))),
    before: known(build('a')),
    code: 'recall-shrunk',
  },
  {
    name: 'asks for less than before',
    at: image(stated(build('a'))),
    before: known(build('a', 'running')),
    code: 'recall-shrunk',
  },
  {
    name: 'asks for more than before',
    at: image(stated(build('a', 'running'))),
    before: known(build('a')),
    code: undefined,
  },
]) {
  test(`S20: a statement that ${name} ${code === undefined ? 'counts' : `stops all installing: ${code}`}`, () => {
    const { refusal, builds } = recallsOf(at, component, before, now);
    assert.equal(refusal?.code, code, refusal?.message);
    for (const [sha256, each] of before) {
      assert.ok(builds.has(sha256), 'what was recalled stays recalled');
      if (each.stop === 'running') assert.equal(builds.get(sha256)?.stop, 'running');
    }
  });
}

test('S20: no order of statements makes a recalled build installable again', () => {
  const letters = fc.uniqueArray(fc.constantFrom('a', 'b', 'c', 'd'));
  fc.assert(
    fc.property(fc.array(letters, { maxLength: 8 }), (order) => {
      let seen: Recalls = new Map();
      for (const each of order) {
        const { builds } = recallsOf(image(stated(...each.map((letter) => build(letter)))), component, seen, now);
        for (const sha256 of seen.keys()) assert.ok(builds.has(sha256));
        seen = builds;
      }
      assert.deepEqual(new Set(seen.keys()), new Set(order.flat().map(hash)));
    }),
  );
});

test('S20: whoever recalls others again and again fills no disk: beyond 1,000 builds what is known stays as it is', () => {
  const many = (from: number) =>
    Array.from({ length: 1_000 }, (_, at) => ({ ...build('a'), sha256: (from + at).toString(16).padStart(64, '0') }));
  const { builds } = recallsOf(image(stated(...many(0))), component, new Map(), now);
  const after = recallsOf(image(stated(...many(5_000))), component, builds, now);
  assert.deepEqual([after.builds, after.refusal?.code], [builds, 'recall-shrunk']);
});

test('what a publisher writes is what an agent reads', () => {
  const builds = [build('a'), build('b', 'running')];
  assert.deepEqual(parseRecalls(component, stated(...builds)), builds);
});

for (const { name, change } of [
  { name: 'no digest', change: { sha256: 'x' } },
  { name: 'another word for stop', change: { stop: 'all' } },
  { name: 'no reason', change: { reason: '' } },
  { name: 'a reason of 501 characters', change: { reason: 'x'.repeat(501) } },
  { name: 'a version that is none', change: { version: 'newest' } },
  { name: 'no instant', change: { recalledAt: 'yesterday' } },
]) {
  test(`a recall with ${name} is refused`, () => {
    const custom = { ...Object(stated()), builds: [{ ...build('a'), ...change }] };
    assert.throws(() => parseRecalls(component, custom), { code: 'malformed-recall' });
  });
}

test('a statement with 1,001 builds, or one twice, or none at all is refused', () => {
  const many = Array.from({ length: 1_001 }, (_, at) => ({ ...build('a'), sha256: at.toString(16).padStart(64, '0') }));
  for (const builds of [many, [build('a'), build('a')], undefined, {}]) {
    const custom = { ...Object(stated()), builds } as JsonValue;
    assert.throws(() => parseRecalls(component, custom), { code: 'malformed-recall' });
  }
  for (const custom of [undefined, null, [], 'x', JSON.parse('{"__proto__":{"format":"springline-recall-1"}}')]) {
    assert.throws(() => parseRecalls(component, custom), { code: 'malformed-recall' });
  }
});
