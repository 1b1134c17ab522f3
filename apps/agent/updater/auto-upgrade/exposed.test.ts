/** What people see of a recalled build that runs (S20). */
import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { test } from 'node:test';
import { agentHome } from '../../home.ts';
import { component, UpdateWorld } from '../../testing/update-world.ts';
import type { Look } from '../../upgrader/job.ts';
import { installedBuilds } from './installed-builds.ts';
import { loadSettings, saveSettings } from './settings.ts';
import { type Seen, standingOf } from './view.ts';

async function seen(t: { after(end: () => void): void }, sha256?: string): Promise<Seen> {
  const { home } = await UpdateWorld.installed(t);
  mkdirSync(agentHome(home).upgrade, { recursive: true });
  const running = installedBuilds(home)[0]!;
  const exposure = { component, version: '2.5.0.0', reason: 'it loses deletes', stop: 'running' } as const;
  const look: Look = {
    ...{ offers: [], refusals: [], decisions: [], directorExpires: 0, directorVersion: 1, imageVersion: 1, now: 0 },
    exposed: [{ ...exposure, sha256: sha256 ?? running.sha256 }],
  };
  const nothing = { hindrance: undefined, isFreezeSuspected: false, checkedAt: undefined, nextCheckAt: undefined };
  return { home, journal: undefined as never, current: undefined, look, ...nothing };
}

const words = 'exposed: connect-sync 2.5.0.0 was recalled: it loses deletes';

test('S20: a host that runs a recalled build is Suspended with the reason, until another build runs', async (t) => {
  assert.deepEqual(standingOf(await seen(t)), { state: 'Suspended', reason: words });
  assert.deepEqual(standingOf(await seen(t, 'c'.repeat(64))), { state: 'Enabled' });
});

test('S20: a host whose administrator disabled auto-upgrade stays Disabled, and says that it is exposed', async (t) => {
  const there = await seen(t);
  saveSettings(there.home, { ...loadSettings(there.home), state: 'Disabled' });
  assert.deepEqual(standingOf(there), { state: 'Disabled', reason: words });
});
