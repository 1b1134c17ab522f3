import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { SeededRandom } from '@springline/ports/random';
import { freePort } from '@springline/tools/services/free-port';
import { RunningUp, springline, temporaryHome } from '../testing/running-up.ts';

const sample = join(import.meta.dirname, '..', '..', '..', 'examples', 'contoso.ldif');
const kills = 30;
const seed = 20261122;

/** Processes that have `marker` in their command line. */
function pidsOf(marker: string, parent: readonly number[]): number[] {
  return parent.filter((pid) => {
    try {
      return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(marker);
    } catch {
      return false; // It has just ended.
    }
  });
}

function descendants(root: number): number[] {
  const children = (pid: number): number[] => {
    try {
      return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').filter(Boolean).map(Number);
    } catch {
      return []; // It has just ended.
    }
  };
  const found: number[] = [];
  for (const queue = [root]; queue.length > 0; ) {
    const next = children(queue.pop()!);
    found.push(...next);
    queue.push(...next);
  }
  return found;
}

test('SIGKILL of control plane, release keeper, agent or component at 30 random instants loses nothing and makes nothing twice', async (t) => {
  const random = new SeededRandom(seed);
  t.diagnostic(`seed ${seed}`);
  const home = temporaryHome(t);
  const ldif = `${home}.ldif`;
  copyFileSync(sample, ldif);
  const up = await RunningUp.start(t, home, ['--ldif', ldif, '--interval', '5']);
  const markers = ['control-plane/main.ts', 'release/main.ts', 'agent-updater.mjs', 'connect-sync.mjs'];
  const original = readFileSync(ldif, 'utf8');
  const dns = [...original.matchAll(/^userPrincipalName: (.*)$/gm)].map(([, upn]) => upn!);
  const killed: string[] = [];
  for (let round = 0; round < kills; round++) {
    // Something is always on the way: every round changes some users.
    const touched = new Set(Array.from({ length: 20 }, () => dns[random.below(dns.length)]));
    writeFileSync(
      ldif,
      original.replaceAll(/^userPrincipalName: (.*)$/gm, (line, upn: string) =>
        touched.has(upn) ? `${line}\npager: ${round}` : line,
      ),
    );
    await new Promise((resolve) => setTimeout(resolve, random.below(1_500)));
    const running = await up.until(async () => {
      const alive = markers.filter((marker) => pidsOf(marker, descendants(up.pid)).length > 0);
      return alive.length > 0 ? alive : undefined;
    }, 'something runs');
    const marker = running[random.below(running.length)]!;
    const [pid] = pidsOf(marker, descendants(up.pid));
    if (pid === undefined) continue;
    process.kill(pid, 'SIGKILL');
    killed.push(marker);
  }
  t.diagnostic(
    `${killed.length} kills hit: ${markers.map((marker) => `${killed.filter((name) => name === marker).length} ${marker}`).join(', ')}`,
  );
  assert.ok(killed.length >= kills - 2, 'the kills hit something');

  const final = original.replaceAll(/^userPrincipalName: (.*)$/gm, '$&\npager: final');
  writeFileSync(ldif, final);
  const people = 250;
  await up.until(
    async () => {
      const { totalResults } = await up.scim('Users?filter=phoneNumbers.value+eq+%22final%22&count=0');
      return totalResults === people ? true : undefined;
    },
    'every user has the last change',
    180_000,
  );
  const users = await up.all('Users');
  const groups = await up.all('Groups');
  assert.equal(users.size, people);
  assert.equal(groups.size, 29);
  const members = await Promise.all(
    [...groups.values()].map(
      async ({ id }) => ((await up.scim(`Groups/${id}`))['members'] as unknown[] | undefined)?.length ?? 0,
    ),
  );
  assert.equal(
    members.reduce((sum, count) => sum + count, 0),
    expectedMembers,
  );
  assert.equal((await up.interrupt()).code, 0);

  const database = new DatabaseSync(join(home, 'control-plane', 'springline.db'), { readOnly: true });
  const rows = database
    .prepare('SELECT source_anchor, count(*) AS n FROM directory_objects GROUP BY source_anchor')
    .all();
  database.close();
  assert.equal(rows.length, people + 29 + 12, 'deleted ones would stand in the recycle bin');
  assert.ok(rows.every(({ n }) => n === 1));
});

/** Member values of the groups in scope that SCIM shows: users and groups in scope. Contacts are no SCIM resource. */
const expectedMembers = countMembers();

function countMembers(): number {
  const text = readFileSync(sample, 'utf8').replaceAll(/\n /g, '');
  const records = text.split(/\n{2,}/).filter((record) => /^dn::?/m.test(record));
  const dnOf = (record: string): string => decode(/^dn:(:?) (.*)$/m.exec(record)!);
  const isGroup = (record: string): boolean => /^objectClass: group$/m.test(record);
  const isComputer = (record: string): boolean => /^objectClass: computer$/m.test(record);
  const isInScope = (record: string): boolean => {
    if (/^isCriticalSystemObject: TRUE$/m.test(record) || isComputer(record)) return false;
    if (/^sAMAccountName: (AAD_|MSOL_)/m.test(record)) return false;
    if (isGroup(record))
      return /^groupType: -/m.test(record) || /^mail: /m.test(record) || /^proxyAddresses: /m.test(record);
    return /^objectClass: user$/m.test(record);
  };
  const inScope = new Set(records.filter(isInScope).map(dnOf));
  return records
    .filter((record) => isGroup(record) && isInScope(record))
    .flatMap((record) => [...record.matchAll(/^member:(:?) (.*)$/gm)].map(decode))
    .filter((dn) => inScope.has(dn)).length;
}

function decode([, encoded, value = '']: RegExpExecArray | RegExpMatchArray): string {
  return encoded === ':' ? Buffer.from(value, 'base64').toString('utf8') : value;
}

test('after SIGKILL of up itself nothing is left behind, and the next start resumes', async (t) => {
  const home = temporaryHome(t);
  const up = await RunningUp.start(t, home);
  const children = descendants(up.pid);
  assert.ok(children.length >= 3);
  await up.kill();
  await up.until(async () => (children.every(isGone) ? true : undefined), 'the programs end with the channel', 20_000);
  const again = await RunningUp.start(t, home, [], up.port);
  assert.match(again.output, /users=250 groups=29/);
});

function isGone(pid: number): boolean {
  try {
    // A zombie of a container without an init has ended as well.
    return /\) Z/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return true; // No such process: gone.
  }
}

test('Ctrl-C at any moment of a start stops what was started, and the next start goes on', async (t) => {
  const home = temporaryHome(t);
  for (const delayMs of [300, 700, 1_100, 1_600, 2_200]) {
    const child = spawn(process.execPath, [springline, 'up', '--home', home, '--port', String(await freePort())], {
      stdio: 'ignore',
    });
    const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
    await new Promise((resolve) => setTimeout(resolve, delayMs));
    const programs = descendants(child.pid!);
    child.kill('SIGINT');
    assert.ok([0, 1, null].includes(await ended));
    assert.ok(programs.every(isGone), `after ${delayMs} ms nothing is left`);
  }
  const up = await RunningUp.start(t, home);
  assert.match(up.output, /users=250 groups=29/);
});
