/**
 * How long a change takes to be heard of: from a real directory server to the connector space, and from a changed line of
 * an LDIF file to the cloud directory, with the sample directory. Beside the last: one SCIM read of the same person, which is
 * how the change is looked for.
 */
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RunningUp } from '@springline/cli/testing/running-up';
import { startOpenLdap } from '@springline/tools/services/openldap';
import { startSambaAd } from '@springline/tools/services/samba-ad';
import { type Measure, measure } from './measure.ts';
import { changeLatencies } from './sync/change-latency.ts';

const sample = join(import.meta.dirname, '..', 'examples', 'contoso.ldif');
const rounds = 20;
const goalSeconds = 3;

export async function* measures(): AsyncIterable<Measure> {
  yield* pushed();
  yield* ofFile();
}

/** What others wait: Cloud Sync looks every 2 minutes. */
const peerMs = 120_000;

async function* pushed(): AsyncIterable<Measure> {
  const folder = mkdtempSync(join(tmpdir(), 'springline-bench-latency-'));
  try {
    for (const [kind, start, goals] of [
      ['openldap', startOpenLdap, { p50: 5, p99: 50 }],
      ['active-directory', startSambaAd, { p50: 200, p99: 1_000 }],
    ] as const) {
      const server = await start(join(folder, kind));
      try {
        const found = await changeLatencies(kind, server.facts);
        for (const [name, share] of [
          ['p50', 0.5],
          ['p99', 0.99],
        ] as const) {
          const ours = quantile(found, share);
          const words = {
            bench: 'latency',
            measure: `${kind}: change to committed connector space, ${name}`,
            unit: 'ms',
          };
          const peer = { peer: peerMs, peerName: 'Cloud Sync as published' };
          yield measure({ ...words, ...peer, ours, goal: `<= ${goals[name]} ms`, met: ours <= goals[name] });
        }
      } finally {
        await server.stop();
      }
    }
  } finally {
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

async function* ofFile(): AsyncIterable<Measure> {
  const folder = mkdtempSync(join(tmpdir(), 'springline-bench-latency-'));
  const ldif = join(folder, 'directory.ldif');
  copyFileSync(sample, ldif);
  const cleanups: (() => unknown)[] = [];
  try {
    const up = await RunningUp.start({ after: (work: () => unknown) => cleanups.push(work) }, join(folder, 'home'), [
      '--ldif',
      ldif,
    ]);
    const original = readFileSync(ldif, 'utf8');
    // The last one: the first accounts of a directory are the system's own.
    const upn = [...original.matchAll(/^userPrincipalName: (.*)$/gm)].at(-1)?.[1] ?? '';
    const person = async (): Promise<string> => JSON.stringify(await up.find('Users', `userName eq "${upn}"`));
    const changes: number[] = [];
    const reads: number[] = [];
    for (let round = 0; round < rounds; round++) {
      const mark = `5550${String(round).padStart(3, '0')}`;
      writeFileSync(ldif, original.replace(`userPrincipalName: ${upn}`, `userPrincipalName: ${upn}\npager: ${mark}`));
      const startedAt = performance.now();
      await up.until(async () => ((await person()).includes(mark) ? true : undefined), `round ${round}`);
      changes.push(performance.now() - startedAt);
      const readAt = performance.now();
      await person();
      reads.push(performance.now() - readAt);
    }
    for (const [name, share] of [
      ['p50', 0.5],
      ['p95', 0.95],
    ] as const) {
      const ours = quantile(changes, share) / 1000;
      yield measure({
        ...{
          bench: 'latency',
          measure: `changed LDIF line to cloud directory, ${name}`,
          unit: 's',
          peerName: 'one SCIM read',
        },
        ...{ ours, peer: quantile(reads, share) / 1000, goal: `<= ${goalSeconds} s`, met: ours <= goalSeconds },
      });
    }
  } finally {
    for (const cleanup of cleanups) await cleanup();
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

function quantile(values: readonly number[], share: number): number {
  return [...values].sort((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * share))]!;
}
