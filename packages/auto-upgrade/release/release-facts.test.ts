import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { JsonValue } from '@springline/tuf/canonical-json';
import { ReleaseError } from './error.ts';
import { type ComponentFacts, parseReleaseFacts, type RuntimeFacts, releaseFactsJson } from './release-facts.ts';

const path = 'cloud-sync/2.5.0/cloud-sync-2.5.0-linux-x64.tar';
const runtime = 'runtime/node-24.21.0/node-24.21.0-linux-x64.tar';
const hash = 'ab'.repeat(32);
const full = { kind: 'full', path: `${path}.zst`, length: 10, sha256: hash } as const;
const patch = {
  ...{
    kind: 'patch' as const,
    path: `${path}.from-${hash.slice(0, 16)}.patch`,
    length: 5,
    sha256: hash,
    sourceSha256: hash,
  },
} as const;
const facts: ComponentFacts = {
  kind: 'component',
  component: 'cloud-sync',
  version: '2.5.0',
  releaseNumber: 7,
  platform: 'linux-x64',
  channel: { download: true, autoUpgrade: false },
  runtime,
  stateSchema: 0,
  maxRampPpmPerHour: 10_000,
  treeHash: hash,
  transports: [full, patch],
  publishedAt: '2026-11-22T14:00:00Z',
  notes: 'Fewer bytes.',
  deliberatelyBroken: 'hang',
  floor: { below: '2.4.9', from: '2026-12-24T00:00:00Z' },
  carriedBy: { component: 'agent-updater', version: '3.0' },
  needs: { 'windows-server': '2019 or later' },
};

/** As it comes out of signed metadata. */
function sent(changes: Record<string, unknown> = {}): JsonValue {
  return JSON.parse(JSON.stringify({ ...(releaseFactsJson(facts) as object), ...changes })) as JsonValue;
}

test('facts are read as they were written, with and without what is optional', () => {
  assert.deepEqual(parseReleaseFacts(path, sent()), facts);
  const { notes, deliberatelyBroken, floor, carriedBy, needs, ...needed } = facts;
  const optional = Object.keys({ notes, deliberatelyBroken, floor, carriedBy, needs });
  const left = Object.fromEntries(optional.map((name) => [name, undefined]));
  assert.deepEqual(parseReleaseFacts(path, sent(left)), needed);
  const runtimeFacts: RuntimeFacts = {
    ...{ kind: 'runtime', version: '24.21.0', platform: 'linux-x64', treeHash: hash },
    transports: [{ ...full, path: `${runtime}.zst` }],
  };
  assert.deepEqual(parseReleaseFacts(runtime, releaseFactsJson(runtimeFacts)), runtimeFacts);
});

test('a fact that is not known here is passed over', () => {
  assert.deepEqual(parseReleaseFacts(path, sent({ sbom: { sha256: hash } })), facts);
});

for (const [field, value] of [
  ['kind', 'runtime'],
  ['component', 'health-sync'],
  ['version', '2.5'],
  ['version', '2.6.0'],
  ['platform', 'linux-arm64'],
  ['releaseNumber', 0],
  ['releaseNumber', 1.5],
  ['releaseNumber', '7'],
  ['channel', { download: true }],
  ['channel', [true, true]],
  ['runtime', path],
  ['runtime', runtime.replaceAll('linux', 'win')],
  ['stateSchema', -1],
  ['maxRampPpmPerHour', 1_000_001],
  ['treeHash', hash.toUpperCase()],
  ['treeHash', undefined],
  ['transports', []],
  ['transports', {}],
  ['transports', [patch]],
  ['transports', [full, full]],
  ['transports', [full, patch, patch]],
  ['transports', [full, ...Array.from({ length: 64 }, () => patch)]],
  ['transports', [{ ...full, path: `../${full.path}` }]],
  ['transports', [{ ...full, length: 0 }]],
  ['transports', [full, { ...patch, sourceSha256: 'cd'.repeat(32) }]],
  ['transports', [full, { ...patch, kind: 'magic' }]],
  ['publishedAt', '2026-02-30T00:00:00Z'],
  ['publishedAt', '2026-11-22T14:00:00+01:00'],
  ['publishedAt', 'soon'],
  ['notes', 'x'.repeat(4_001)],
  ['deliberatelyBroken', 'explode'],
  ['floor', '2.4'],
  ['floor', { below: '2.4.9' }],
  ['floor', { below: 'newest', from: '2026-12-24T00:00:00Z' }],
  ['floor', { below: '2.5.1', from: '2026-12-24T00:00:00Z' }],
  ['floor', { below: '2.4.9', from: 'soon' }],
  ['carriedBy', { component: 'root-kit', version: '1.0' }],
  ['carriedBy', { component: 'agent-updater' }],
  ['needs', ['2019']],
  ['needs', { 'windows-server': 2019 }],
  ['needs', { 'Windows Server': '2019' }],
  ['needs', { memory: 'x'.repeat(201) }],
  ['needs', Object.fromEntries(Array.from({ length: 17 }, (_, at) => [`need-${at}`, 'x']))],
] as const) {
  test(`facts with ${field} ${JSON.stringify(value)?.slice(0, 80)} are refused, and the message says where`, () => {
    assert.throws(
      () => parseReleaseFacts(path, sent({ [field]: value })),
      (error) =>
        error instanceof ReleaseError && error.code === 'malformed-release-facts' && error.message.includes(path),
    );
  });
}

test('facts that are no object, under a path of no release, or under a special name are refused', () => {
  for (const custom of [undefined, null, 'x', [], {}, JSON.parse('{"__proto__":{"kind":"component"}}') as JsonValue]) {
    assert.throws(() => parseReleaseFacts(path, custom), ReleaseError);
  }
  assert.throws(() => parseReleaseFacts('docs/readme.txt', sent()), ReleaseError);
});
