import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RecordedServer } from '@springline/api/shapes/recorded-server';
import fc from 'fast-check';
import { partsOf } from './recorded-parts.ts';

const server = (hostName: string, component: RecordedServer['component'] = 'connect-sync'): RecordedServer => ({
  ...{ hostName, component, version: '2.1.20.0', state: 'Enabled', channel: 'HUS' },
});

test('a short list is one part without ends, and so is an empty one', () => {
  assert.deepEqual(partsOf([server('b'), server('a')]), [{ part: {}, servers: [server('a'), server('b')] }]);
  assert.deepEqual(partsOf([]), [{ part: {}, servers: [] }]);
});

test('a long list is divided between hosts, and its parts follow each other without a gap', () => {
  const list = [server('A'), server('b'), server('B', 'health-sync'), server('c')];
  assert.deepEqual(partsOf(list, { rows: 2, sizeBytes: 1e6 }), [
    { part: { before: 'c' }, servers: [server('A'), server('b'), server('B', 'health-sync')] },
    { part: { from: 'c' }, servers: [server('c')] },
  ]);
});

test('every server is in one part, the one that its name belongs to, whatever the name', () => {
  const name = fc.string({ unit: 'binary', minLength: 1, maxLength: 6 });
  const limits = fc.record({ rows: fc.integer({ min: 1, max: 5 }), sizeBytes: fc.integer({ min: 100, max: 500 }) });
  fc.assert(
    fc.property(fc.array(name, { maxLength: 20 }), limits, (names, bounds) => {
      const parts = partsOf(
        names.map((each) => server(each)),
        bounds,
      );
      const sent = parts.flatMap(({ servers }) => servers.map(({ hostName }) => hostName));
      assert.deepEqual(sent.toSorted(), names.toSorted());
      const compare = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b));
      for (const [at, { part, servers }] of parts.entries()) {
        assert.equal(part.from, parts[at - 1]?.part.before);
        for (const { hostName } of servers) {
          const key = hostName.normalize('NFC').toLowerCase();
          assert.ok(part.from === undefined || compare(key, part.from) >= 0);
          assert.ok(part.before === undefined || compare(key, part.before) < 0);
        }
      }
    }),
  );
});
