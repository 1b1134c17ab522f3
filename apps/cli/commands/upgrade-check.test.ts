import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryFolder } from '@springline/control-plane/testing/running-control-plane';
import { CommandError } from '../output.ts';
import { check, describeCheck } from './upgrade-check.ts';

const csv = 'server,version\r\nsync-ä,2.2.8.0\r\n';
const utf16 = Buffer.from(csv, 'utf16le');

for (const { name, bytes } of [
  { name: 'UTF-8', bytes: Buffer.from(csv) },
  { name: 'UTF-8 with a mark', bytes: Buffer.from(`\uFEFF${csv}`) },
  { name: 'UTF-16 with a mark', bytes: Buffer.concat([Buffer.from([0xff, 0xfe]), utf16]) },
  { name: 'UTF-16 without one', bytes: utf16 },
  { name: 'UTF-16 of the other order', bytes: Buffer.concat([Buffer.from([0xff, 0xfe]), utf16]).swap16() },
  { name: 'the code page of Western Windows', bytes: Buffer.from(csv, 'latin1') },
]) {
  test(`a list in ${name} is read`, (t) => {
    const file = join(temporaryFolder(t), 'servers.csv');
    writeFileSync(file, bytes);
    const { servers } = check(file, { at: '2026-09-20' });
    assert.deepEqual(
      servers.map(({ server, version }) => [server, version]),
      [['sync-ä', '2.2.8.0']],
    );
  });
}

test('what is no list of servers is refused with a sentence in words', (t) => {
  const folder = temporaryFolder(t);
  const refusal = (file: string) => {
    try {
      check(file, {});
    } catch (error) {
      assert.ok(error instanceof CommandError);
      return error.message.replace(`${folder}/`, '').replace(folder, 'FOLDER');
    }
    return '';
  };
  assert.equal(refusal(join(folder, 'none.csv')), 'none.csv cannot be read: it is not there');
  assert.equal(refusal(folder), 'FOLDER cannot be read: it is a folder');
  writeFileSync(join(folder, 'a.zip'), Buffer.from([0x50, 0x4b, 3, 4, 0, 0, 0]));
  assert.equal(refusal(join(folder, 'a.zip')), 'a.zip is no text: save it as UTF-8');
});

test('servers that the list says too little or too much of are shown, and one server is one', (t) => {
  const file = join(temporaryFolder(t), 'servers.csv');
  const words = (lines: string): readonly string[] => {
    writeFileSync(file, `server,version\n${lines}`);
    return describeCheck(check(file, { at: '2026-09-20' }), false).split('\n');
  };
  const [, missing, , sum] = words('sync-1,\n');
  assert.match(missing!, /^sync-1 .*not-judged.*version-missing$/);
  assert.match(sum!, /^1 server: 0 ok, 0 below, 1 not judged; 0 out of support\.$/);
  assert.match(words('sync-1,2.5.190.0\nsync-1,2.5.190.0\n')[1]!, /listed-again$/);
  assert.match(words('sync-1,2.5.190.0\nsync-2,2.5.190.0\n')[0]!, /^2 servers: 2 ok/);
});
