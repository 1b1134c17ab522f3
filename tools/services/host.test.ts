import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { connect } from 'node:net';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { type TestContext, test } from 'node:test';
import { requireService } from './catalogue.ts';
import { hostAddressVariable, startHost } from './host-process.ts';

interface Seen {
  readonly ldapsUrl: string;
  readonly caFile: string;
}

/** A process that asks for OpenLDAP, prints its facts and goes on or ends. Its standard error stays open as long as its host. */
function startAsker(env: Record<string, string>, afterwards: string): ChildProcess {
  const catalogue = JSON.stringify(join(import.meta.dirname, 'catalogue.ts'));
  const script = `const { openLdap } = await import(${catalogue});
    const answer = await openLdap();
    console.log(JSON.stringify(answer.service));
    ${afterwards}`;
  const { [hostAddressVariable]: _ours, NODE_TEST_CONTEXT: _context, ...inherited } = process.env;
  return spawn(process.execPath, ['--input-type=module', '-e', script], {
    env: { ...inherited, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

async function factsFrom(asker: ChildProcess): Promise<Seen> {
  assert.ok(asker.stdout);
  const [line] = await once(createInterface({ input: asker.stdout }), 'line');
  return JSON.parse(String(line)) as Seen;
}

async function assertNothingLeft(seen: Seen): Promise<void> {
  assert.ok(!existsSync(dirname(dirname(seen.caFile))), 'the folder of the run is still there');
  const socket = connect(Number(new URL(seen.ldapsUrl).port), '127.0.0.1');
  const [error] = await once(socket, 'error');
  assert.equal((error as NodeJS.ErrnoException).code, 'ECONNREFUSED');
}

async function openLdapCanBeHad(t: TestContext): Promise<boolean> {
  return (await requireService(t, 'openldap')) !== undefined;
}

test('the test files of a run share one server, and stopping the host leaves nothing behind', async (t) => {
  if (!(await openLdapCanBeHad(t))) return;
  const host = await startHost();
  const env = { [hostAddressVariable]: host.socketPath };
  const [first, second] = await Promise.all([startAsker(env, ''), startAsker(env, '')].map(factsFrom));
  await host.stop();
  assert.ok(first);
  assert.deepEqual(first, second);
  await assertNothingLeft(first);
  assert.ok(!existsSync(host.socketPath));
});

for (const row of [
  { name: 'ends by itself', afterwards: '', kill: undefined },
  { name: 'calls process.exit()', afterwards: 'process.exit(1)', kill: undefined },
  { name: 'crashes', afterwards: 'throw new Error("planted")', kill: undefined },
  { name: 'is interrupted', afterwards: 'setInterval(() => {}, 1000)', kill: 'SIGINT' as const },
  { name: 'is killed', afterwards: 'setInterval(() => {}, 1000)', kill: 'SIGKILL' as const },
]) {
  test(`a test file that runs alone and ${row.name} leaves no server and no folder`, async (t) => {
    if (!(await openLdapCanBeHad(t))) return;
    const asker = startAsker({}, row.afterwards);
    asker.stderr?.resume();
    const closed = once(asker, 'close');
    const seen = await factsFrom(asker);
    if (row.kill !== undefined) asker.kill(row.kill);
    await closed;
    await assertNothingLeft(seen);
  });
}
