import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { agentHome } from '../../home.ts';
import { loadSettings, saveSettings } from './settings.ts';

function homeWith(t: TestContext, text?: string): string {
  const home = mkdtempSync(join(tmpdir(), 'springline-settings-'));
  t.after(() => rmSync(home, { recursive: true }));
  mkdirSync(agentHome(home).folder);
  if (text !== undefined) writeFileSync(agentHome(home).autoUpgrade, text);
  return home;
}

test('without a file auto-upgrade is enabled and looks every five minutes', (t) => {
  assert.deepEqual(loadSettings(homeWith(t)), { state: 'Enabled', checkEverySeconds: 300 });
});

test('what a file does not say has its default', (t) => {
  assert.deepEqual(loadSettings(homeWith(t, '{"state":"Disabled"}')), { state: 'Disabled', checkEverySeconds: 300 });
  assert.deepEqual(loadSettings(homeWith(t, '{}')), { state: 'Enabled', checkEverySeconds: 300 });
});

test('what was saved is loaded, and is its owner’s alone', (t) => {
  const home = homeWith(t);
  saveSettings(home, { state: 'Disabled', checkEverySeconds: 86_400 });
  assert.deepEqual(loadSettings(home), { state: 'Disabled', checkEverySeconds: 86_400 });
  assert.equal(statSync(agentHome(home).autoUpgrade).mode & 0o777, 0o600);
});

for (const text of [
  '',
  '{"state":',
  'null',
  '[]',
  '"Disabled"',
  '{"state":"disabled"}',
  '{"state":"Suspended"}',
  '{"state":null}',
  '{"State":"Disabled"}',
  '{"state":"Enabled","frozen":true}',
  '{"__proto__":{"state":"Enabled"}}',
  '{"checkEverySeconds":0}',
  '{"checkEverySeconds":86401}',
  '{"checkEverySeconds":1e999}',
  '{"checkEverySeconds":"60"}',
  '{"checkEverySeconds":true}',
]) {
  test(`the narrower reading wins: ${text || 'an empty file'} holds upgrades back and says where`, (t) => {
    const home = homeWith(t, text);
    assert.throws(
      () => loadSettings(home),
      (error: Error & { code?: string }) => {
        assert.equal(error.code, 'auto-upgrade-settings-malformed');
        assert.ok(error.message.startsWith(agentHome(home).autoUpgrade), error.message);
        return true;
      },
    );
  });
}
