/** Staging and single run profiles by the command line, on an agent of the bench. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { answeringAgent } from '../testing/answering-agent.ts';

interface Told {
  readonly staging: boolean;
  readonly lease: unknown;
  readonly dryRun?: boolean;
  readonly readiness: {
    readonly ready: boolean;
    readonly pending: object;
    readonly reasons: readonly { code: string }[];
  };
}

test('a server is demoted and promoted, each with a dry run that changes nothing, and says what it would export', async (t) => {
  const { context, sync } = await answeringAgent(t);
  await context.bench.cycle();
  const told = async (...words: readonly string[]): Promise<Told> => {
    const { code, output, errors } = await sync('staging', ...words, '--json');
    assert.equal(code, 0, errors);
    return JSON.parse(output) as Told;
  };
  const before = await told();
  assert.deepEqual(
    [before.staging, before.lease, before.readiness.pending],
    [false, null, { add: 0, update: 0, delete: 0 }],
  );
  assert.deepEqual([(await told('demote', '--dry-run')).dryRun, context.bench.isStaging], [true, false]);
  assert.deepEqual([(await told('demote')).staging, context.bench.isStaging], [true, true]);
  assert.deepEqual([(await told('promote', '--dry-run')).staging, context.bench.isStaging], [true, true]);
  const words = await sync('staging');
  assert.match(words.output, /^this server\s+is staging/m);
  assert.match(words.output, /^exporting\s+nobody now$/m);
  assert.deepEqual([(await told('promote', '--force')).staging, context.bench.isStaging], [false, false]);
});

test('one run profile of one connector is run, and half of that or two ways at once are misuse', async (t) => {
  const { context, sync } = await answeringAgent(t);
  const connector = context.connectors()[0]!.name;
  const run = await sync('run', '--profile', 'Full Import', '--connector', connector);
  assert.equal(run.code, 0, run.errors);
  assert.deepEqual(context.runs, [{ full: false, profile: 'Full Import', connector }]);
  for (const { words, says } of [
    { words: ['--profile', 'Full Import'], says: /--profile and --connector go together/ },
    { words: ['--connector', connector], says: /--profile and --connector go together/ },
    { words: ['--full', '--profile', 'Export', '--connector', connector], says: /choose one of --full and --profile/ },
    {
      words: ['--dry-run', '--profile', 'Export', '--connector', connector],
      says: /choose one of --dry-run and --pro/,
    },
    { words: ['--profile', 'Half Import', '--connector', connector], says: /Allowed choices are Full Import/ },
  ]) {
    const { code, errors } = await sync('run', ...words);
    assert.equal(code, 2, errors);
    assert.match(errors, says);
  }
  assert.equal(context.runs.length, 1);
});

test('help of every staging command shows how it is used', async (t) => {
  const { sync } = await answeringAgent(t);
  for (const words of [['staging'], ['staging', 'promote'], ['staging', 'demote']]) {
    const { code, output } = await sync(...words, '--help');
    assert.equal(code, 0);
    assert.match(output, /Examples:\n {2}springline sync staging/);
  }
});
