/**
 * How each gate is judged, as one table: facts in, open or closed with what was found. A gate that is missing here does
 * not compile.
 */
import { compareVersions, parseVersion } from '../release/version.ts';
import type { GateId } from './gate.ts';
import { ownOpening } from './own-opening.ts';
import type { FolderFacts, Needs, ReadinessFacts } from './readiness-facts.ts';

export interface Found {
  readonly ok: boolean;
  readonly detail: string;
}

/** A schedule that lets nothing in for so long is taken for a mistake. */
const openingHorizonMs = 35 * 24 * 60 * 60 * 1000;
const clockToleranceMs = 5 * 60 * 1000;
const reportsKeptLimit = 500;
const shownLimit = 5;

const open = (detail: string): Found => ({ ok: true, detail });
const shut = (detail: string): Found => ({ ok: false, detail });
/** Shut with what is wrong, when something is. */
const unless = (problems: readonly string[], otherwise: string): Found =>
  problems.length === 0 ? open(otherwise) : shut(listed(problems));

export const gateChecks: Readonly<Record<GateId, (facts: ReadinessFacts) => Found>> = {
  settings: ({ settings: { problem } }) => (problem === undefined ? open('understood') : shut(problem)),

  'opted-in': ({ settings: { problem, state } }) => {
    if (problem !== undefined) return open('not known while the settings cannot be read');
    return state === 'Enabled' ? open('Enabled') : shut('a person set this host to Disabled');
  },

  pin: ({ settings: { wish }, components }) => {
    const { pin } = wish;
    if (pin === undefined) return open('not pinned');
    const above = components.filter(({ version }) => isBelow(pin, version));
    return unless(
      above.map(({ component, version }) => `the pin ${pin} is below ${component} ${version}, which runs`),
      `pinned: nothing above ${pin}`,
    );
  },

  window: ({ settings: { wish }, now }) => {
    const opening = ownOpening(wish, now, openingHorizonMs);
    if (opening === undefined) return shut('windows, freezes and not-before leave no time within 35 days');
    return open(opening <= now ? 'open now' : `opens at ${instant(opening)}`);
  },

  enrolment: ({ enrolmentProblem }) => (enrolmentProblem === undefined ? open('enrolled') : shut(enrolmentProblem)),

  consent: ({ consent: { problem, consentsToFloors } }) =>
    problem === undefined
      ? open(
          consentsToFloors
            ? 'sound; floors may be met although a person says Disabled'
            : 'sound; floors are not consented to',
        )
      : shut(problem),

  'folders-writable': ({ folders }) => {
    const problems = folders.flatMap(({ path, isPresent, isWritable }) => {
      if (!isPresent) return [`${path} is not there`];
      return isWritable ? [] : [`${path} cannot be written`];
    });
    return unless(problems, `${folders.length} can be written`);
  },

  'folders-private': ({ folders }) =>
    unless(
      folders.filter(isWrittenByOthers).map(({ path }) => `${path} can be written by others`),
      'only their owner may write them',
    ),

  'control-socket': ({ controlFolder }) => {
    if (controlFolder === undefined) return shut('its folder cannot be looked at');
    const { mode, isOwn } = controlFolder;
    if (!isOwn) return shut('its folder belongs to another user');
    return (mode & 0o077) === 0 ? open('its owner’s alone') : shut(`its folder has mode ${(mode & 0o777).toString(8)}`);
  },

  'journal-writable': ({ journal: { unwritable } }) =>
    unwritable === undefined ? open('can be appended to') : shut(unwritable),

  'persisted-state': ({ journal: { damaged }, trustProblem }) =>
    unless(
      [damaged, trustProblem].filter((problem) => problem !== undefined),
      'journal and trust are whole',
    ),

  'disk-space': ({ disk: { freeBytes, neededBytes } }) => {
    if (freeBytes === undefined) return shut('the free space cannot be read');
    const said = `${megabytes(freeBytes)} MB free, ${megabytes(neededBytes)} MB needed`;
    return freeBytes >= neededBytes
      ? open(said)
      : shut(`${said}: ${megabytes(neededBytes - freeBytes)} MB are missing`);
  },

  'components-running': ({ components }) => {
    if (components.length === 0) return shut('nothing is installed');
    const down = components.filter(({ state }) => state !== 'running');
    return unless(
      down.map(
        ({ component, state, detail }) => `${component} is ${state}${detail === undefined ? '' : `: ${detail}`}`,
      ),
      components.map(({ component, version }) => `${component} ${version}`).join(', '),
    );
  },

  'component-stops': ({ drain: { lastMs, limitMs } }) => {
    if (lastMs === undefined) return open('not known: it was never asked to yet');
    const said = `it took ${lastMs} ms, and has ${limitMs} ms`;
    return lastMs < limitMs ? open(said) : shut(said);
  },

  'sync-in-progress': ({ cycle }) =>
    cycle === 'by-person'
      ? shut('a cycle runs that a person asked for')
      : open(cycle === 'none' ? 'no cycle runs' : 'a cycle of the schedule runs'),

  slots: ({ components }) =>
    unless(
      components.flatMap(({ altered }) => (altered === undefined ? [] : [altered])),
      'as verified',
    ),

  runtime: ({ components, host: { platform } }) =>
    unless(
      components.filter(({ isRuntimePresent }) => !isRuntimePresent).map(({ component }) => `${component} has none`),
      `there, for ${platform}`,
    ),

  'operating-system': ({ host: { platform, isPlatformKnown, glibc, kernel }, needs }) => {
    if (!isPlatformKnown) return shut(`no builds are made for ${platform}`);
    const problems = needs.flatMap((need) => [...lacks(need, 'glibc', glibc), ...lacks(need, 'kernel', kernel)]);
    return unless(problems, [platform, `glibc ${glibc ?? 'not known'}`, `kernel ${kernel ?? 'not known'}`].join(', '));
  },

  tls: ({ way: { url, isLoopback, tlsVersion, leastTlsVersion, tlsProblem } }) => {
    if (tlsProblem !== undefined) return shut(tlsProblem);
    if (!isModernTls(leastTlsVersion)) return shut(`this Node is made to offer ${leastTlsVersion}`);
    if (url === undefined) return open('no address is known');
    if (url.startsWith('http:'))
      return isLoopback ? open('without TLS, on this machine') : shut(`${url} has no TLS and leaves this machine`);
    if (tlsVersion === undefined) return open('not known: nobody answered');
    return isModernTls(tlsVersion) ? open(tlsVersion) : shut(`${url} speaks ${tlsVersion}`);
  },

  repositories: ({ way: { url, problem } }) => {
    if (url === undefined) return shut('no address is known before the agent is enrolled');
    return problem === undefined ? open(`${url} answers`) : shut(problem);
  },

  trust: ({ look, lookFailure, expires, now }) => {
    if (lookFailure !== undefined) return shut(lookFailure);
    const refused = (look?.refusals ?? []).map(({ path, code, message }) =>
      `${code}: ${path} ${message}`.slice(0, 300),
    );
    const expired = expires.filter(({ at }) => at <= now).map(({ name, at }) => `${name} expired at ${instant(at)}`);
    if (look === undefined && expired.length === 0)
      return shut('they were not read yet since the Agent Updater started');
    return unless([...refused, ...expired], 'verified, nothing refused');
  },

  'freeze-suspected': ({ isFreezeSuspected }) =>
    isFreezeSuspected
      ? shut('the server keeps giving a Director timestamp that expired')
      : open('what is served is fresh'),

  clock: ({ clock: { skewMs, behindSignedMs } }) => {
    if (behindSignedMs !== undefined && behindSignedMs > clockToleranceMs) {
      return shut(
        `signed times lie ${Math.round(behindSignedMs / 1000)} s in the future: the clock of this host is behind`,
      );
    }
    if (skewMs === undefined) return open('not known: nobody answered');
    const said = `the server’s clock is ${Math.round(Math.abs(skewMs) / 1000)} s ${skewMs < 0 ? 'behind' : 'ahead'}`;
    return Math.abs(skewMs) <= clockToleranceMs ? open(said) : shut(said);
  },

  'blocked-builds': ({ blocked, now }) =>
    unless(
      blocked
        .filter(({ until }) => until > now)
        .map(({ component, version, until, reason }) =>
          `${component} ${version} until ${instant(until)}: ${reason}`.slice(0, 300),
        ),
      'none that is offered',
    ),

  'state-schema': ({ schemas }) => {
    const problems = schemas.flatMap(({ component, onDisk, running, offered, offeredVersion = '' }) => [
      ...(onDisk !== undefined && running !== undefined && onDisk > running
        ? [`the state of ${component} has schema ${onDisk}, the build that runs knows ${running}`]
        : []),
      ...(offered !== undefined && offered < Math.max(onDisk ?? 0, running ?? 0)
        ? [
            `${component} ${offeredVersion} knows schema ${offered}, the state has ${Math.max(onDisk ?? 0, running ?? 0)}`,
          ]
        : []),
    ]);
    const converted = schemas.filter(
      ({ running, offered }) => running !== undefined && offered !== undefined && offered > running,
    );
    return unless(problems, converted.length === 0 ? 'unchanged' : 'it will be converted, and is backed up before');
  },

  reports: ({ reportsKept }) =>
    reportsKept < reportsKeptLimit ? open(`${reportsKept} wait`) : shut(`${reportsKept} wait to be sent`),
};

function isWrittenByOthers({ isPresent, isOpen }: FolderFacts): boolean {
  return isPresent && isOpen;
}

function lacks(need: Needs, what: 'glibc' | 'kernel', found: string | undefined): readonly string[] {
  const least = need[what];
  // What cannot be read is found out by the new build itself, which is tried before anything is switched.
  if (least === undefined || found === undefined || !isBelow(found, least)) return [];
  return [`${need.by} needs ${what} ${least}, here is ${found}`];
}

/** Versions that cannot be compared are below nothing. */
function isBelow(version: string, than: string): boolean {
  try {
    return compareVersions(parseVersion(version), parseVersion(than)) < 0;
  } catch {
    return false; // Refused where it was read, if it must be a version.
  }
}

function isModernTls(version: string): boolean {
  return version === 'TLSv1.2' || version === 'TLSv1.3';
}

function listed(problems: readonly string[]): string {
  const rest = problems.length - shownLimit;
  return [...problems.slice(0, shownLimit), ...(rest > 0 ? [`and ${rest} more`] : [])].join('; ');
}

function megabytes(bytes: number): number {
  return Math.ceil(bytes / 1e6);
}

function instant(at: number): string {
  return Number.isFinite(at) && Math.abs(at) < 8.64e15 ? new Date(at).toISOString() : 'an unknown time';
}
