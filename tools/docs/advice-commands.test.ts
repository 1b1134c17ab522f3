/** What the product tells people to type, against the command line; and its pages against the notice that they answer. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { ownSteps } from '@springline/auto-upgrade/advice/steps';
import { groups } from '@springline/auto-upgrade/campaign/judge';
import { wayOut } from '@springline/auto-upgrade/campaign/way-out';
import { repository } from './documents.ts';
import { faultOfCommand } from './shown-commands.ts';

test('every command of a way out and of advice is one of the command line', async () => {
  const paths = ['auto', 'bridge', 'in-place', 'swing', 'replace'] as const;
  const told = new Set(
    groups.flatMap((group) => [
      ...wayOut(group, 'connect-sync', 'sync-1').flatMap((step) => (step.kind === 'command' ? step.command : [])),
      ...paths.flatMap((path) => ownSteps(path, group, 'connect-sync').flatMap(({ command }) => command ?? [])),
    ]),
  );
  assert.ok(told.size > 5);
  const faults: string[] = [];
  for (const command of told) {
    const [name, ...words] = command.split(' ');
    assert.equal(name, 'springline');
    const fault = await faultOfCommand({ words, line: 1 });
    if (fault !== undefined) faults.push(`${command}: ${fault}`);
  }
  assert.deepEqual(faults, []);
});

test('the page on the hardening of auto-upgrade has the headings of the notice, in their order', () => {
  const page = readFileSync(join(repository, 'docs/security-hardening.md'), 'utf8');
  assert.deepEqual(
    [...page.matchAll(/^#+ (.*)$/gm)].map(([, heading]) => heading),
    [
      'Security hardening of auto-upgrade for Connect Sync and Connect Health',
      'Consider moving to Cloud Sync',
      'Upgrading Connect Sync',
      'Next steps',
    ],
  );
});
