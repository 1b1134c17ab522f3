import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { agentHome } from '@springline/agent/home';
import { runControlPlane } from '@springline/control-plane/testing/running-control-plane';
import { callControlPlane, controlPlaneUrl } from './control-plane-client.ts';

function emptyHome(t: TestContext): string {
  const home = mkdtempSync(join(tmpdir(), 'springline-'));
  t.after(() => rmSync(home, { recursive: true, force: true }));
  return home;
}

test('commands reach the control plane by the address that it listens on and by no name', async (t) => {
  const { home, url } = await runControlPlane(t);
  const found = controlPlaneUrl(home, 8743);
  assert.equal(found, `http://127.0.0.1:${new URL(url).port}`);
  assert.equal(statSync(join(home, 'control-plane', 'url')).mode & 0o777, 0o600);
  assert.equal((await callControlPlane({ home, url: found }, 'getSession')).tenant.name, 'default');
});

test('a control plane that was stopped is not looked for where it was: nobody else is sent its token', async (t) => {
  const plane = await runControlPlane(t, { home: emptyHome(t) });
  await plane.close();
  assert.equal(existsSync(join(plane.home, 'control-plane', 'url')), false);
  assert.throws(() => controlPlaneUrl(plane.home, 8743), /does not run\. Start it: npx springline up/);
});

test('a home without a control plane has that of its agent, and one without either the usual port', (t) => {
  const home = emptyHome(t);
  assert.equal(controlPlaneUrl(home, 8743), 'http://127.0.0.1:8743');
  const { identity } = agentHome(home);
  mkdirSync(dirname(identity), { recursive: true });
  writeFileSync(identity, JSON.stringify({ url: 'https://sync.example.org' }));
  assert.equal(controlPlaneUrl(home, 8743), 'https://sync.example.org');
});
