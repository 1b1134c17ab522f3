import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { planeWithCli } from '../testing/running-plane.ts';

const head = 'server,component,version,state,channel,last seen,result,owner,moved to';

test('a list is recorded, first as a plan, replaced by the next, and listed', async (t) => {
  const { plane, run } = await planeWithCli(t);
  const file = join(plane.home, 'servers.csv');
  const write = (...rows: readonly string[]) => writeFileSync(file, [head, ...rows].join('\n'));
  const kept = 'dr1,connect-sync,2.2.1.0,,PKS,2023-12-20,,"Robin Ashe, proseware operations",';
  write(kept, 'sync1,connect-sync,2.2.8.0,Disabled,,,,,');
  const planned = await run('upgrade', 'record', file, '--dry-run');
  assert.deepEqual(
    planned.output.split('\n').map((line) => line.trimEnd()),
    [
      '   SERVER  COMPONENT     CHANGE',
      '+  dr1     connect-sync',
      '+  sync1   connect-sync',
      'would record 2 servers: 2 added, 0 changed, 0 removed, 0 as before',
      '',
    ],
    planned.errors,
  );
  assert.equal((await run('upgrade', 'record', '--list')).output, 'no server is recorded\n');
  assert.match((await run('upgrade', 'record', file)).output, /\nrecorded 2 servers: 2 added, /);
  write(kept, 'sync2,,2.3.6.0,,,,Success,,cloud-sync');
  const replaced = await run('upgrade', 'record', file, '--json');
  const { added, changed, removed, unchanged } = JSON.parse(replaced.output);
  assert.deepEqual({ added, changed, removed, unchanged }, { added: 1, changed: 0, removed: 1, unchanged: 1 });
  const listed = (await run('upgrade', 'record', '--list')).output.split('\n');
  assert.match(listed[1]!, /^dr1 .*2\.2\.1\.0 +Enabled +PKS +2023-12-20 +Robin Ashe, proseware operations/);
  assert.match(listed[2]!, /^sync2 +connect-sync +2\.3\.6\.0 +Enabled +HUS +Success +cloud-sync$/);
  const { servers } = JSON.parse((await run('upgrade', 'record', '--list', '--json')).output);
  assert.equal(servers[0].owner, 'Robin Ashe, proseware operations');
});

test('what cannot be read is refused with file, row and column, and nothing is recorded', async (t) => {
  const { plane, run } = await planeWithCli(t);
  const file = join(plane.home, 'servers.csv');
  writeFileSync(file, `${head}\na,,2.2.1.0\nb,,two,,,,,,\n`);
  const { code, errors } = await run('upgrade', 'record', file);
  assert.equal(code, 1);
  assert.equal(errors, `springline: ${file}: row 3, column 3: "two" is no version; write it as 2.3.2.0\n`);
  assert.equal((await run('upgrade', 'record')).code, 2);
  assert.equal((await run('upgrade', 'record', file, '--list')).code, 2);
  assert.deepEqual((await plane.ask('GET', '/hus/v1/recorded-servers')).json, { servers: [], total: 0 });
});
