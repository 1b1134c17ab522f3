/**
 * Connect Sync killed with SIGKILL at 1,000 random instants of imports, synchronisations and exports, while its
 * directories change. Every kill is followed by a check of the store, and every tenth by a run to the end, whose cloud is
 * compared with that of a run that nobody disturbed. `SPRINGLINE_BENCH_KILLS` and `SPRINGLINE_BENCH_SEED` make it other.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { killSync } from '@springline/agent/testing/killed-sync';
import { type Measure, measure } from './measure.ts';

const kills = Number(process.env['SPRINGLINE_BENCH_KILLS'] ?? 1_000);
const seed = Number(process.env['SPRINGLINE_BENCH_SEED'] ?? 1);

export async function* measures(): AsyncIterable<Measure> {
  const folder = mkdtempSync(join(tmpdir(), 'springline-bench-kills-'));
  try {
    const progress = (killed: number): boolean => process.stderr.write(`${killed} of ${kills} kills\n`);
    // Throws at the first change that is lost, object that is made twice, or store that is damaged.
    const report = await killSync({ folder, kills, seed, users: 30, progress });
    const about = { bench: 'kills', unit: 'kills', goal: '-', met: true };
    const whole = { peer: kills, peerName: 'kills made' };
    yield measure({
      ...{ ...about, ...whole, measure: 'nothing lost, nothing made twice, store whole', ours: report.kills },
      ...{ goal: `= ${kills}`, met: report.kills === kills },
    });
    for (const [phase, count] of Object.entries(report.killsByPhase)) {
      yield measure({ ...about, ...whole, measure: `of these during ${phase}`, ours: count });
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
