/** `springline release …`: what a release manager publishes, and what was published. */
import { existsSync, readdirSync, realpathSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type Command, Option } from 'commander';
import { homeCommand, requireHome } from '../home-command.ts';
import { CommandError, dim, green, print, printJson, red, relativeTime, table, yellow } from '../output.ts';
import { unsignedBridges } from '../pks/sign.ts';
import { breakages } from '../release/bundles.ts';
import { type ListedRelease, listReleases } from '../release/list.ts';
import { megabytes } from '../release/pack.ts';
import { publishedPolicy } from '../release/policy.ts';
import {
  type PlannedRelease,
  type PublishedRelease,
  type PublishRequest,
  planPublish,
  publishRelease,
  releaseLevel,
} from '../release/publish.ts';
import { type PlannedRecall, planRecall, recallRelease } from '../release/recall.ts';
import { rolloutNotes } from '../release/rollout-note.ts';
import { readRepositories } from '../release/sign.ts';
import { channels, describeFacts, type StatementWords, statementFrom } from '../release/statement-words.ts';
import { agentBundles } from '../up/build.ts';
import { Progress } from '../up/progress.ts';

interface PublishWords extends StatementWords {
  readonly home: string;
  readonly from: string;
  readonly component?: string[];
  readonly notes?: string;
  readonly break?: NonNullable<PublishRequest['breakage']>;
  readonly json?: boolean;
  readonly dryRun?: boolean;
}

interface RecallWords {
  readonly home: string;
  readonly reason: string;
  readonly stop: 'new' | 'running';
  readonly json?: boolean;
  readonly dryRun?: boolean;
}

export function registerRelease(program: Command): void {
  const release = program.command('release').description('releases of the agent\u2019s components');
  release
    .command('publish')
    .description('sign a new release of each component and let the agents of this home upgrade to it')
    .requiredOption('--from <folder>', 'this clone, or a folder with built bundles')
    .option('--component <name...>', 'only these components')
    .option('--notes <text>', 'what administrators read about the release')
    .option('--version <version>', 'of one component, two to four numbers (default: the next one)')
    .option('--allow-lower-version', 'lead hosts back on purpose: a version below one that is published')
    .option('--release-number <number>', 'of one component, above all that were given out (default: the next one)')
    .addOption(
      new Option('--channel <channel>', 'download: agents leave it alone; auto-upgrade: people do not get it')
        .choices(Object.keys(channels))
        .default('both'),
    )
    .option('--max-ramp <share>', 'how much of the fleet it may reach in an hour at most, whatever a rollout says: 1%')
    .option(
      '--floor-below <version>',
      'hosts below it must leave their build from --floor-from on (needs their consent)',
    )
    .option('--floor-from <day>', 'when that begins: 2026-12-18 or 2026-12-18T22:00Z, 7 days from now at least')
    .option('--carried-by <component@version>', 'the build that brings it to hosts whose own channel cannot')
    .option('--need <name=text...>', 'what a host must have')
    .option('--published-at <instant>', 'when it came out, if that was earlier (development keys only)')
    .addOption(
      new Option('--break <how>', 'break it on purpose, to watch a roll-back (development keys only)').choices(
        breakages,
      ),
    )
    .option('--home <folder>', 'where everything is kept', '.springline')
    .option('--json', 'for programs')
    .option('--dry-run', 'say what would be published, write nothing')
    .addHelpText(
      'after',
      `
Examples:
  springline release publish --from . --dry-run
  springline release publish --from . --component connect-sync --notes "Faster delta import"
  springline release publish --from . --component connect-sync --break crash
  springline release publish --from . --component connect-sync --max-ramp 1% --need os="Linux 5.10 or later"
  springline release publish --from . --component connect-sync --channel download --version 2.5.0
  springline release publish --from . --component connect-sync --floor-below 2.5.0 --floor-from 2027-01-31 --dry-run
  springline release publish --from ./built --component health-sync --carried-by connect-sync@2.5.0`,
    )
    .action(publish);
  homeCommand(release, 'recall <component> <version>', 'stop hosts from installing a release; it is never taken back', [
    'release recall connect-sync 2.6.0.0 --reason "loses renames" --dry-run',
    'release recall connect-sync 2.6.0.0 --reason "loses renames" --stop running',
  ])
    .requiredOption('--reason <text>', 'what administrators read about it')
    .addOption(
      new Option('--stop <whom>', 'new: hosts that would install it; running: also those that run it')
        .choices(['new', 'running'])
        .default('new'),
    )
    .option('--dry-run', 'say what would be recalled, write nothing')
    .action(recall);
  release
    .command('list')
    .description('what was published, the newest first')
    .option('--home <folder>', 'where everything is kept', '.springline')
    .option('--json', 'for programs')
    .addHelpText('after', '\nExamples:\n  springline release list\n  springline release list --home ./lab --json')
    .action(({ home, json }: { home: string; json?: boolean }) => {
      requireHome(home);
      const releases = listReleases(resolve(home));
      if (json === true) printJson(releases);
      else print(releases.length === 0 ? 'nothing is published yet' : describeList(releases));
    });
}

async function recall(component: string, version: string, words: RecallWords): Promise<void> {
  const request = { component, version, reason: words.reason, stop: words.stop };
  const home = resolve(words.home);
  const isDry = words.dryRun === true;
  const recalled = isDry ? planRecall(home, request) : await recallRelease(home, request);
  if (words.json === true) printJson(recalled);
  else print(describeRecall(recalled, isDry));
  if (!isDry) warnOfBridges(home);
}

function describeRecall(
  { component, version, stop, builds, isRecalledAlready, currentAfter }: PlannedRecall,
  isDry: boolean,
): string {
  const current = currentAfter.map(({ platform, version: named }) => `${named} (${platform})`).join(', ');
  return [
    `${isDry ? 'would recall' : 'recalled'} ${component} ${version}${isRecalledAlready ? ', as before' : ''}`,
    ...builds.map(({ platform, sha256, releaseNumber }) => `  ${platform}  release ${releaseNumber}  ${sha256}`),
    `  hosts that run it ${stop === 'running' ? 'leave it for any' : 'keep it until they take a'} release with a higher number: publish one`,
    `  new installations get ${current === '' ? `no ${component}, until one is published` : current}`,
  ].join('\n');
}

async function publish(words: PublishWords): Promise<void> {
  const home = resolve(words.home);
  const progress = new Progress(words.json === true ? process.stderr : process.stdout);
  const request: PublishRequest = {
    bundles: await progress.step('programs', () => bundlesFrom(words.from)),
    level: releaseLevel,
    ...(words.component === undefined ? {} : { components: words.component }),
    ...(words.notes === undefined ? {} : { notes: words.notes }),
    ...(words.break === undefined ? {} : { breakage: words.break }),
    ...statementFrom(words),
  };
  if (words.dryRun === true) {
    const planned = planPublish(home, request);
    if (words.json === true) printJson(planned);
    else print([...planned.map(describePlanned), ...notesOf(home, planned)].join('\n'));
    return;
  }
  const published = await progress.step(
    'release',
    (say) => publishRelease(home, request, say),
    (releases) => `${releases.length} published`,
  );
  if (words.json === true) printJson(published);
  else print([describePublished(published), ...notesOf(home, published)].join('\n'));
  warnOfBridges(home);
}

/** Under a policy hosts take nothing by itself. A damaged tree has been told of by now. */
function notesOf(home: string, releases: readonly (PlannedRelease | PublishedRelease)[]): readonly string[] {
  const policy = publishedPolicy(home, readRepositories(home))?.policy;
  return rolloutNotes(policy, releases).map(yellow);
}

/** PKS would go on handing out what was signed before. */
function warnOfBridges(home: string): void {
  for (const { component, reason } of unsignedBridges(home)) {
    const what = `the bridge of ${component} for hosts on PKS was not signed again (${reason})`;
    process.stderr.write(`${yellow('warning')}: ${what}: springline pks sign --component ${component}\n`);
  }
}

/** A clone is built (cached by its sources); any other folder must hold built bundles. */
async function bundlesFrom(from: string): Promise<string> {
  const folder = resolve(from);
  if (!existsSync(folder)) throw new CommandError(`${folder} does not exist`, 2);
  const thisClone = realpathSync(join(import.meta.dirname, '..', '..', '..'));
  if (realpathSync(folder) === thisClone) return agentBundles();
  if (readdirSync(folder).some((name) => name.endsWith('.mjs'))) return folder;
  throw new CommandError(
    `${folder} is neither this clone (${thisClone}) nor a folder with built bundles. To publish another clone, run springline in it.`,
  );
}

function describePlanned({
  component,
  version,
  releaseNumber,
  platform,
  previousVersion,
  files,
  runtime,
  facts,
}: PlannedRelease): string {
  const size = files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  return [
    `would publish ${component} ${version} (release ${releaseNumber}, ${platform})`,
    `  after    ${previousVersion ?? 'nothing: it is the first'}`,
    `  files    ${files.map(({ path }) => path).join(', ')} (${megabytes(size)})`,
    `  runtime  ${runtime}`,
    ...describeFacts(facts),
  ].join('\n');
}

function describePublished(releases: readonly PublishedRelease[]): string {
  const rows = releases.map(({ component, version, releaseNumber, sizeBytes, fullBytes, patchBytes, sha256 }) => [
    component,
    version,
    String(releaseNumber),
    megabytes(sizeBytes),
    megabytes(fullBytes),
    patchBytes === undefined ? '' : megabytes(patchBytes),
    sha256,
  ]);
  return table([['COMPONENT', 'VERSION', 'RELEASE', 'ARCHIVE', 'FULL', 'PATCH', 'SHA-256'], ...rows]);
}

function describeList(releases: readonly ListedRelease[]): string {
  const rows = releases.map((release) => [
    release.component,
    release.version,
    String(release.releaseNumber),
    relativeTime(release.publishedAt),
    megabytes(release.fullBytes),
    release.patchBytes === undefined ? '' : megabytes(release.patchBytes),
    [
      ...(release.isCurrent ? [green('current')] : [dim('earlier')]),
      ...(release.recalled === undefined
        ? []
        : [red(`recalled (stop ${release.recalled.stop}): ${release.recalled.reason}`)]),
      ...(release.deliberatelyBroken === undefined ? [] : [red(`broken on purpose: ${release.deliberatelyBroken}`)]),
      ...(release.notes === undefined ? [] : [release.notes]),
    ].join('  '),
  ]);
  return table([['COMPONENT', 'VERSION', 'RELEASE', 'PUBLISHED', 'FULL', 'PATCH', ''], ...rows]);
}
