import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { FakeClock } from '@springline/ports/clock';
import { silentLog } from '@springline/ports/log';
import { platformMigrations } from '../storage/platform/migrations.ts';
import { openDatabase } from '../storage/sqlite/open.ts';
import { type Cleanup, temporaryFolder } from '../testing/running-control-plane.ts';
import { type Job, JobRunner } from './jobs.ts';

async function world(t: Cleanup) {
  const path = join(temporaryFolder(t), 'test.db');
  const clock = new FakeClock(1_000_000);
  const runner = async (holder: string, jobs: readonly Job[]) => {
    const database = await openDatabase(path, platformMigrations);
    t.after(() => database.close());
    return { runner: new JobRunner({ database, clock, log: silentLog, jobs, holder }), database };
  };
  return { clock, runner };
}

const counting = (kind: string, everyMs: number, work: () => void = () => {}): Job & { runs: number } => ({
  kind,
  everyMs,
  runs: 0,
  async run() {
    this.runs += 1;
    work();
    return { runs: this.runs };
  },
});

test('a job runs when it is due, and again after its interval', async (t) => {
  const { clock, runner } = await world(t);
  const job = counting('a', 60_000);
  const { runner: jobs } = await runner('one', [job]);
  assert.deepEqual(await jobs.runDue(), ['a']);
  assert.deepEqual(await jobs.runDue(), []);
  clock.advance(60_000);
  assert.deepEqual(await jobs.runDue(), ['a']);
});

test('a restart neither forgets nor repeats a job', async (t) => {
  const { clock, runner } = await world(t);
  await (await runner('before', [counting('a', 60_000)])).runner.runDue();
  const { runner: after } = await runner('after', [counting('a', 60_000)]);
  assert.deepEqual(await after.runDue(), []);
  clock.advance(60_000);
  assert.deepEqual(await after.runDue(), ['a']);
});

test('while one process runs the jobs another does not', async (t) => {
  const { runner } = await world(t);
  const inside = Promise.withResolvers<void>();
  const release = Promise.withResolvers<void>();
  const slow: Job = {
    kind: 'slow',
    everyMs: 1,
    async run() {
      inside.resolve();
      await release.promise;
      return {};
    },
  };
  const { runner: one } = await runner('one', [slow]);
  const { runner: other } = await runner('other', [counting('a', 1)]);
  const running = one.runDue();
  await inside.promise;
  assert.deepEqual(await other.runDue(), []);
  release.resolve();
  await running;
  assert.deepEqual(await other.runDue(), ['a']);
});

test('a process that slept past its lease does not write over the record of the next', async (t) => {
  const { clock, runner } = await world(t);
  const inside = Promise.withResolvers<void>();
  const release = Promise.withResolvers<void>();
  const asleep: Job = {
    kind: 'shared',
    everyMs: 60_000,
    async run() {
      inside.resolve();
      await release.promise;
      return { from: 1 };
    },
  };
  const { runner: one, database } = await runner('one', [asleep]);
  const running = one.runDue();
  await inside.promise;
  clock.advance(60_001);
  const { runner: other } = await runner('other', [counting('shared', 60_000)]);
  assert.deepEqual(await other.runDue(), ['shared']);
  release.resolve();
  await running;
  const row = await database.read.selectFrom('platform_jobs').select('result').executeTakeFirstOrThrow();
  assert.equal(row.result, '{"runs":1}');
});

test('a job that fails is tried again later and later, and the others run all the same', async (t) => {
  const { clock, runner } = await world(t);
  const failing = counting('failing', 60 * 60_000, () => {
    throw new RangeError('no');
  });
  const sound = counting('sound', 60 * 60_000);
  const { runner: jobs, database } = await runner('one', [failing, sound]);
  assert.deepEqual(await jobs.runDue(), ['failing', 'sound']);
  clock.advance(30_000);
  assert.deepEqual(await jobs.runDue(), ['failing']);
  clock.advance(30_000);
  assert.deepEqual(await jobs.runDue(), []);
  clock.advance(30_000);
  assert.deepEqual(await jobs.runDue(), ['failing']);
  const row = await database.read
    .selectFrom('platform_jobs')
    .select(['attempts', 'result'])
    .where('kind', '=', 'failing')
    .executeTakeFirstOrThrow();
  assert.deepEqual({ ...row }, { attempts: 3, result: '{"error":"RangeError"}' });
});

test('stopping tells the running job to stop and waits for it', async (t) => {
  const { runner } = await world(t);
  let ended = false;
  const inside = Promise.withResolvers<void>();
  const { runner: jobs } = await runner('one', [
    {
      kind: 'long',
      everyMs: 1,
      async run({ signal }) {
        inside.resolve();
        await new Promise((resolve) => signal.addEventListener('abort', resolve));
        ended = true;
        return {};
      },
    },
  ]);
  const running = jobs.runDue();
  await inside.promise;
  await jobs.stop();
  await running;
  assert.equal(ended, true);
});
