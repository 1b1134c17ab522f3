/** `springline keys …`: the signing keys of a release manager. Never shows what is private. */
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { homeCommand } from '../home-command.ts';
import { CommandError, print, printJson, relativeTime, table, yellow } from '../output.ts';
import { checkInit, initKeys } from '../release/init.ts';
import { type KeysView, keyFiles, showKeys } from '../release/keys.ts';
import { requireAvailable } from '../release/profile.ts';
import { keysHome } from '../release/roles.ts';

interface Common {
  readonly home: string;
  readonly json?: boolean;
}

const developmentNote =
  'These are development keys: all of them lie on this machine, one for each role. Their roots are marked, and agents refuse them unless the control plane is on this machine (loopback).';

export function registerKeys(program: Command): void {
  const keys = program.command('keys').description('the keys that sign what agents install');
  homeCommand(keys, 'init', 'make the keys of both repositories and their first roots', [
    'keys init --dry-run',
    'keys init --profile development --home ./lab',
  ])
    .option('--profile <name>', 'who holds how many keys: development', 'development')
    .option('--dry-run', 'say what would be made, write nothing')
    .action(async ({ home, json, profile, dryRun }: Common & { profile: string; dryRun?: boolean }) => {
      requireAvailable(profile);
      const folder = resolve(home);
      const files = [...keyFiles(keysHome(folder)), keysHome(folder).profile];
      if (dryRun === true) {
        if (checkInit(folder) === 'finished')
          throw new CommandError(`${folder} has keys already. Nothing would be made.`);
        if (json === true) printJson({ profile, files });
        else
          print(
            [
              ...files.map((file) => `would make ${file}`),
              'would sign two empty repositories',
              '',
              developmentNote,
            ].join('\n'),
          );
        return;
      }
      const result = await initKeys(folder, profile);
      const view = showKeys(folder);
      if (json === true) printJson({ result, ...view });
      else print([`${result} the keys in ${keysHome(folder).folder}`, '', describe(view)].join('\n'));
    });
  homeCommand(keys, 'show', 'roles with key ids, thresholds and expiry, and the roots that agents pin', [
    'keys show',
    'keys show --json | jq ".repositories[].rootSha256"',
  ]).action(({ home, json }: Common) => {
    const view = showKeys(resolve(home));
    if (json === true) printJson(view);
    else print(describe(view));
  });
}

function describe({ profile, createdAt, repositories }: KeysView): string {
  const rows = repositories.flatMap(({ repository, roles }) =>
    roles.map(({ role, keyIds, threshold, expires }) => [
      repository,
      role,
      `${threshold} of ${keyIds.length}`,
      expires === undefined ? 'not signed' : relativeTime(expires),
      keyIds.join(' '),
    ]),
  );
  return [
    `profile  ${profile}, made ${createdAt}`,
    ...repositories.map(({ repository, rootSha256 }) => `pin      ${rootSha256}  ${repository}`),
    '',
    table([['REPOSITORY', 'ROLE', 'KEYS', 'EXPIRES', 'KEY ID'], ...rows]),
    ...(profile === 'development' ? ['', yellow(developmentNote)] : []),
  ].join('\n');
}
