/** `springline release …`: what a release manager publishes, and what was published. */
import { existsSync, readdirSync, realpathSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type Command, Option } from 'commander';
import { homeCommand } from '../home-command.ts';
import { CommandError, dim, green, print, printJson, red, relativeTime, table } from '../output.ts';
import { breakages } from '../release/bundles.ts';
import { type ListedRelease, listReleases } from '../release/list.ts';
import { megabytes } from '../release/pack.ts';
import {
  type PlannedRelease,
  type PublishedRelease,
  type PublishRequest,
  planPublish,
  publishRelease,
  releaseLevel,
} from '../release/publish.ts';
import { type PlannedRecall, planRecall, recallRelease } from '../release/recall.ts';
import { agentBundles } from '../up/build.ts';
import { Progress } from '../up/progress.ts';

interface PublishWords {
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
  springline release publish --from . --component connect-sync --break crash`,
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
  };
  if (words.dryRun === true) {
    const planned = planPublish(home, request);
    if (words.json === true) printJson(planned);
    else print(planned.map(describePlanned).join('\n'));
    return;
  }
  const published = await progress.step(
    'release',
    (say) => publishRelease(home, request, say),
    (releases) => `${releases.length} published`,
  );
  if (words.json === true) printJson(published);
  else print(describePublished(published));
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
}: PlannedRelease): string {
  const size = files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  return [
    `would publish ${component} ${version} (release ${releaseNumber}, ${platform})`,
    `  after    ${previousVersion ?? 'nothing: it is the first'}`,
    `  files    ${files.map(({ path }) => path).join(', ')} (${megabytes(size)})`,
    `  runtime  ${runtime}`,
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
