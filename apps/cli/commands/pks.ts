/** `springline pks …`: the end of the retired PKS channel, and the bridge from it to the Hybrid Upgrade Service. */
import { resolve } from 'node:path';
import type { PksStatus } from '@springline/api/shapes/pks';
import { scheduleRefusal, shortestNoticeMs } from '@springline/auto-upgrade/pks-bridge/lifecycle';
import { type EpochMs, systemClock } from '@springline/ports/clock';
import type { Command } from 'commander';
import { callControlPlane, controlPlaneUrl } from '../control-plane-client.ts';
import { homeCommand } from '../home-command.ts';
import { CommandError, print, printJson, relativeTime, table, yellow } from '../output.ts';
import { type CertificateSearch, findProductKeyCertificates } from '../pks/certificates.ts';
import { beginningOf, dayText, endOf, lastDayText } from '../pks/dates.ts';
import { type PlannedBridge, planBridges, type SignRequest, signBridges } from '../pks/sign.ts';
import { fileTrouble } from '../small-file.ts';

interface Common {
  readonly home: string;
  readonly json?: boolean;
}

interface ScheduleWords extends Common {
  readonly deprecated?: string;
  readonly sunset?: string;
  readonly dryRun?: boolean;
}

interface SignWords extends Common {
  readonly component?: string[];
  readonly upgradesFrom?: string;
  readonly dryRun?: boolean;
}

const port = 8743;

export function registerPks(program: Command): void {
  const pks = program
    .command('pks')
    .description('the retired PKS channel: its end, and the bridge for who still uses it');
  homeCommand(pks, 'status', 'phase and dates, who is left and who was bridged', [
    'pks status',
    "pks status --json | jq '.left[] | {claimedHostName, component, lastSeenAt}'",
  ]).action(async ({ home, json }: Common) => {
    const status = await callControlPlane(placeOf(home), 'getPks');
    if (json === true) printJson(status);
    else print(describeStatus(status));
  });
  homeCommand(pks, 'schedule', 'set the days on which PKS becomes deprecated and ends', [
    'pks schedule --deprecated 2027-01-01 --sunset 2027-06-30 --dry-run',
    'pks schedule --deprecated 2027-01-01 --sunset 2027-06-30',
    'pks schedule --sunset 2027-09-30',
  ])
    .option('--deprecated <day>', 'first day on which whoever asks is late (UTC); stays as it is if it is left out')
    .option('--sunset <day>', 'last day on which PKS bridges anybody (UTC); stays as it is if it is left out')
    .option('--dry-run', 'say what would be set, change nothing')
    .action(schedule);
  homeCommand(pks, 'sign', 'sign the bridge answer of each component: its newest release that was not recalled', [
    'pks sign --dry-run',
    'pks sign --component connect-sync --upgrades-from 2.0.0.0',
    'pks sign --upgrades-from none',
  ])
    .option('--component <name...>', 'only these components')
    .option('--upgrades-from <version>', 'older builds are told to be replaced by a swing migration; none: no build is')
    .option('--dry-run', 'say what would be signed, write nothing')
    .action(sign);
  pks
    .command('certificates')
    .description('find certificates that PKS left on a host; they are safe to delete. Deletes nothing')
    .argument('<folder>', 'where certificates lie: PEM, CRT, CER and DER files, also in folders below')
    .option('--json', 'for programs')
    .addHelpText(
      'after',
      `
Listed is what was issued to exactly CN=<host name> by the policy key service. Nothing else is.

Examples:
  springline pks certificates /etc/ssl/private
  springline pks certificates ./exported --json | jq '.found[].file'`,
    )
    .action((folder: string, { json }: { json?: boolean }) => {
      const search = searched(folder);
      if (json === true) printJson(search);
      else print(describeCertificates(search));
    });
}

function placeOf(home: string) {
  return { home, url: controlPlaneUrl(home, port) };
}

async function schedule(words: ScheduleWords): Promise<void> {
  const { deprecated, sunset } = words;
  if (deprecated === undefined && sunset === undefined) {
    throw new CommandError('give --deprecated, --sunset, or both', 2);
  }
  // Days that are wrong are said before anybody is asked.
  const given = {
    ...(deprecated === undefined ? {} : { deprecatedAt: beginningOf('--deprecated', deprecated) }),
    ...(sunset === undefined ? {} : { sunsetAt: endOf('--sunset', sunset) }),
  };
  const place = placeOf(words.home);
  const { lifecycle } = await callControlPlane(place, 'getPks');
  const before = datesOf(lifecycle);
  const { deprecatedAt, sunsetAt }: Partial<PksDates> = { ...before, ...given };
  if (deprecatedAt === undefined || sunsetAt === undefined) {
    throw new CommandError('no days are set yet: give both --deprecated and --sunset', 2);
  }
  const wanted = { deprecatedAt, sunsetAt };
  const refusal = scheduleRefusal(before, wanted, systemClock.now());
  if (refusal === 'dates-out-of-order') throw new CommandError('the sunset lies before the deprecation', 2);
  if (refusal === 'sunset-too-soon') {
    const earliest = lastDayText(Math.ceil((systemClock.now() + shortestNoticeMs) / 86_400_000) * 86_400_000);
    throw new CommandError(
      `the sunset is never brought nearer than 7 days from now: the earliest last day is ${earliest}`,
    );
  }
  const body = {
    deprecatedAt: new Date(wanted.deprecatedAt).toISOString(),
    sunsetAt: new Date(wanted.sunsetAt).toISOString(),
  };
  if (words.dryRun === true) {
    if (words.json === true) printJson({ before: lifecycle, after: body });
    else print([...(lifecycle ? [`now      ${daysOf(lifecycle)}`] : []), `would be ${daysOf(body)}`].join('\n'));
    return;
  }
  const after = await callControlPlane(place, 'setPksLifecycle', body);
  if (words.json === true) printJson(after);
  else print(daysOf(after));
}

interface PksDates {
  readonly announcedAt: EpochMs;
  readonly deprecatedAt: EpochMs;
  readonly sunsetAt: EpochMs;
}

function datesOf(lifecycle: PksStatus['lifecycle']): PksDates | undefined {
  if (lifecycle === undefined) return undefined;
  const { announcedAt, deprecatedAt, sunsetAt } = lifecycle;
  return { announcedAt: epochMs(announcedAt), deprecatedAt: epochMs(deprecatedAt), sunsetAt: epochMs(sunsetAt) };
}

function daysOf({ deprecatedAt, sunsetAt }: { readonly deprecatedAt: string; readonly sunsetAt: string }): string {
  return `deprecated from ${dayText(epochMs(deprecatedAt))}, last day ${lastDayText(epochMs(sunsetAt))} (UTC)`;
}

async function sign({ home, component, upgradesFrom, json, dryRun }: SignWords): Promise<void> {
  const folder = resolve(home);
  const request: SignRequest = {
    ...(component === undefined ? {} : { components: component }),
    ...(upgradesFrom === undefined ? {} : { upgradesFrom }),
  };
  const bridges = dryRun === true ? planBridges(folder, request) : await signBridges(folder, request);
  if (json === true) printJson(bridges.map(({ answer, file, isSigned }) => ({ ...answer, file, isSigned })));
  else print(bridges.map((bridge) => describeBridge(bridge, dryRun === true)).join('\n'));
}

function describeBridge({ answer, file, isSigned }: PlannedBridge, isPlan: boolean): string {
  const { component, version, releaseNumber, archives, upgradesFrom } = answer;
  const did = isSigned ? 'signed already' : isPlan ? 'would sign' : 'signed';
  const platforms = archives.map(({ platform }) => platform).join(', ');
  const from = upgradesFrom === undefined ? '' : `, from ${upgradesFrom} on`;
  return `${did}: ${component} is bridged to ${version} (release ${releaseNumber}, ${platforms})${from}\n  ${file}`;
}

/** What people see: the end of PKS, who is left, and what to do about it. */
export function describeStatus(status: PksStatus, now: number = systemClock.now()): string {
  const { phase, meaning, lifecycle, bridges, left, leftCount, bridged, bridgedCount } = status;
  const clients = left.map((client) => [
    client.claimedHostName,
    client.component,
    client.claimedVersion,
    client.channel,
    relativeTime(client.lastSeenAt, now),
    client.needsSwingMigration ? 'too old for the bridge: replace it by a swing migration' : '',
  ]);
  const over = bridged.map(({ claimedHostName, component, claimedVersion, bridgedAt }) => [
    claimedHostName,
    component,
    claimedVersion,
    relativeTime(bridgedAt, now),
  ]);
  return [
    `PKS        ${phase}: ${meaning}`,
    `dates      ${lifecycle === undefined ? 'none yet: springline pks schedule' : daysOf(lifecycle)}`,
    ...bridgeLines(bridges),
    '',
    leftCount === 0
      ? 'Nobody is left on PKS.'
      : `Left: ${leftCount}${cut(left.length, leftCount)}. Names and versions are as claimed.`,
    ...(clients.length === 0
      ? []
      : [table([['HOST', 'COMPONENT', 'VERSION', 'CHANNEL', 'LAST SEEN', ''], ...clients])]),
    '',
    `Bridged: ${bridgedCount}${cut(bridged.length, bridgedCount)}.`,
    ...(over.length === 0 ? [] : [table([['HOST', 'COMPONENT', 'CAME FROM', 'ENROLLED'], ...over])]),
    '',
    'Product-key certificates that PKS left on hosts are used by nothing any more and are safe to delete.',
    'springline pks certificates FOLDER finds them.',
  ].join('\n');
}

function bridgeLines(bridges: PksStatus['bridges']): readonly string[] {
  if (bridges.length === 0) return ['bridge     none is signed: springline pks sign'];
  return bridges.map((bridge) => {
    const { component, version, upgradesFrom } = bridge;
    const from = upgradesFrom === undefined ? '' : `, from ${upgradesFrom} on`;
    const trouble = troubleOf(bridge);
    const warning = trouble === undefined ? '' : `  ${yellow(`${trouble}: springline pks sign`)}`;
    return `bridge     ${component} ${version}${from}${warning}`;
  });
}

/** What somebody with the keys has to put right; usually the keeper has done so within a minute. */
function troubleOf({ isAvailable, standing }: PksStatus['bridges'][number]): string | undefined {
  if (standing === 'recalled') return 'it was recalled and is handed out to nobody';
  if (!isAvailable) return 'its file is not published any more';
  return standing === 'outdated' ? 'another release is the bridge now' : undefined;
}

function cut(shown: number, all: number): string {
  return shown < all ? `, the last ${shown} are shown` : '';
}

function searched(folder: string): CertificateSearch {
  try {
    return findProductKeyCertificates(resolve(folder));
  } catch (cause) {
    throw new CommandError(`${folder} cannot be searched: ${fileTrouble(cause)}`, 2, { cause });
  }
}

function describeCertificates({ found, unread, files, isCut }: CertificateSearch): string {
  const rows = found.map(({ file, hostName, expires }) => [hostName, dayText(epochMs(expires)), file]);
  return [
    found.length === 0
      ? `No product-key certificate in ${files} files.`
      : `${found.length} product-key certificates in ${files} files. They are safe to delete; nothing was deleted.`,
    ...(rows.length === 0 ? [] : [table([['HOST', 'EXPIRES', 'FILE'], ...rows])]),
    ...(unread.length === 0
      ? []
      : ['', `Not read: ${unread.length}`, table([['FILE', 'WHY'], ...unread.map((one) => [one.file, one.reason])])]),
    ...(isCut ? ['', 'There is more than was looked at: search the folders below by themselves.'] : []),
  ].join('\n');
}

function epochMs(text: string): EpochMs {
  return Date.parse(text) as EpochMs;
}
