/** A process that is killed at any instant goes on where it was. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { killSync } from '../../../testing/killed-sync.ts';

test('50 kills over import, synchronisation and export lose no change, make nothing twice and leave the store whole', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'killed-sync-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const report = await killSync({ folder, kills: 50, seed: 20_261_123, users: 20 });
  t.diagnostic(JSON.stringify(report));
  assert.equal(report.kills, 50);
  // Confirming takes so few steps that chance may leave it out; it counts with the export.
  const { confirm, ...phases } = report.killsByPhase;
  for (const [phase, kills] of Object.entries({ ...phases, export: phases.export + confirm })) {
    assert.ok(kills > 0, `no kill during ${phase}`);
  }
});
