import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { canReach } from './dependency-probe.ts';

async function listening(t: TestContext): Promise<{ readonly port: number; stop(): Promise<void> }> {
  const server = createServer((socket) => socket.destroy()).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  const stop = async (): Promise<void> => {
    server.close();
    await once(server, 'close');
  };
  return { port: (server.address() as AddressInfo).port, stop };
}

test('S18: nothing to depend on can always be reached', async () => {
  assert.equal(await canReach([]), true);
});

test('S18: a server that listens can be reached, and not when it has gone', async (t) => {
  const { port, stop } = await listening(t);
  const dependency = { kind: 'tcp', host: '127.0.0.1', port } as const;
  assert.equal(await canReach([dependency]), true);
  await stop();
  assert.equal(await canReach([dependency]), false);
});

test('S18: a file that is there can be reached, and not when it is gone', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'springline-probe-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const path = join(folder, 'directory.ldif');
  writeFileSync(path, '');
  assert.equal(await canReach([{ kind: 'file', path }]), true);
  rmSync(path);
  assert.equal(await canReach([{ kind: 'file', path }]), false);
});

test('S18: one thing that cannot be reached is enough', async (t) => {
  const { port } = await listening(t);
  const missing = { kind: 'file', path: join(tmpdir(), 'springline-not-there') } as const;
  assert.equal(await canReach([{ kind: 'tcp', host: '127.0.0.1', port }, missing]), false);
});

test('S18: a name that nobody knows cannot be reached', async () => {
  assert.equal(await canReach([{ kind: 'tcp', host: 'directory.invalid', port: 389 }]), false);
});
