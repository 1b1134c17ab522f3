/**
 * A directory of 500,000 users read to nothing, by our client, by C `ldapsearch` and by an npm client, each in a process
 * of its own and in turns. `SPRINGLINE_BENCH_USERS` makes it smaller.
 */
import { join } from 'node:path';
import { run } from '@springline/tools/services/process-group';
import { type LoadedDirectory, peopleDn, startLoadedDirectory } from './ldap/directory.ts';
import { readByLdapsearch } from './ldap/read-by-ldapsearch.ts';
import { type Measure, measure } from './measure.ts';

const goalUsers = 500_000;
const users = Number(process.env['SPRINGLINE_BENCH_USERS'] ?? goalUsers);
const pageSize = 1_000;
const rounds = 3;
const readTimeoutMs = 4 * 60_000;
const memoryGoalMb = 100;

interface Taken {
  readonly entries: number;
  readonly values: number;
  readonly seconds: number;
  readonly cpuSeconds: number;
  readonly residentMb: number;
}

export async function* measures(): AsyncIterable<Measure> {
  await using directory = await startLoadedDirectory(users);
  const [ours, c]: [Taken[], Pick<Taken, 'cpuSeconds' | 'seconds'>[]] = [[], []];
  for (let round = 0; round < rounds; round++) {
    ours.push(await readBy('read.ts', directory, peopleDn, 'sub'));
    c.push(await readByLdapsearch(directory));
  }
  const peer = await readBy('read-by-ldapts.ts', directory, peopleDn, 'sub');
  if (ours.some(({ entries }) => entries !== peer.entries)) throw new Error('the readers did not see the same');
  const least = (figures: readonly { readonly cpuSeconds: number }[]): number =>
    Math.min(...figures.map(({ cpuSeconds }) => cpuSeconds));
  const bench = 'ldap';
  const size = `${ours[0]!.entries} entries`;
  yield measure({
    ...{ bench, measure: `processor time to read and decode ${size}`, unit: 's', peerName: 'ldapsearch to null' },
    ...{ ours: least(ours), peer: least(c), goal: '<= 1x', met: least(ours) <= least(c) },
  });
  yield measure({
    ...{ bench, measure: `processor time to read and decode ${size}`, unit: 's', peerName: 'ldapts' },
    ...{ ours: least(ours), peer: peer.cpuSeconds, goal: '<= 0.25x', met: least(ours) * 4 <= peer.cpuSeconds },
  });
  const seconds = Math.min(...ours.map((taken) => taken.seconds));
  yield measure({
    ...{ bench, measure: `time to read and decode ${size}`, unit: 's', peerName: 'ldapsearch to null' },
    ...{ ours: seconds, peer: Math.min(...c.map((taken) => taken.seconds)), goal: '-', met: true },
  });
  const residentMb = Math.max(...ours.map((taken) => taken.residentMb));
  yield measure({
    ...{ bench, measure: `memory to read ${size}`, unit: 'MB', peerName: 'ldapts' },
    ...{ ours: residentMb, peer: peer.residentMb, goal: `<= ${memoryGoalMb} MB`, met: residentMb <= memoryGoalMb },
  });
  yield await giant(directory);
}

/** One entry with as many members as there are users, beside ten with a tenth. */
async function giant(directory: LoadedDirectory): Promise<Measure> {
  const tenth = Math.ceil(users / 10);
  const least = async (members: number): Promise<number> => {
    const seconds: number[] = [];
    for (let round = 0; round < rounds; round++) {
      const taken = await readBy('read.ts', directory, directory.giantDn(members), 'base');
      if (taken.values < members) throw new Error(`a group of ${members} came with ${taken.values} values`);
      seconds.push(taken.seconds);
    }
    return Math.min(...seconds);
  };
  const [ours, peer] = [await least(users), 10 * (await least(tenth))];
  return measure({
    ...{ bench: 'ldap', measure: `one entry of ${users} members`, unit: 's', peerName: `ten times ${tenth} members` },
    ...{ ours, peer, goal: '<= 2x', met: ours <= peer * 2 },
  });
}

async function readBy(file: string, directory: LoadedDirectory, dn: string, scope: string): Promise<Taken> {
  const { url, syncDn, syncPassword } = directory.facts;
  const script = join(import.meta.dirname, 'ldap', file);
  const args = [script, url, dn, scope, syncDn, syncPassword, String(pageSize)];
  return JSON.parse(await run({ command: process.execPath, args }, { timeoutMs: readTimeoutMs })) as Taken;
}
