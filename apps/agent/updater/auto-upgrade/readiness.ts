/**
 * Gathers what readiness is judged by, on the host as it is now: files and their rights, space, processes, the way to the
 * repositories, what the last look found. Looks only, changes nothing, takes at most 5 seconds, and never throws: what
 * cannot be looked at is a fact of its own. Imports nothing from npm.
 */
import {
  accessSync,
  closeSync,
  constants,
  existsSync,
  lstatSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  statSync,
} from 'node:fs';
import { release as kernelRelease } from 'node:os';
import { join } from 'node:path';
import { type Readiness, readiness } from '@springline/auto-upgrade/eligibility/readiness';
import type {
  ComponentFacts,
  FolderFacts,
  HostFacts,
  Needs,
  ReadinessFacts,
} from '@springline/auto-upgrade/eligibility/readiness-facts';
import { platforms } from '@springline/auto-upgrade/release/target-path';
import { blockOf } from '@springline/auto-upgrade/upgrader/blocked-build';
import { type JournalRecord, parseJournal } from '@springline/auto-upgrade/upgrader/journal-record';
import { type EpochMs, systemClock } from '@springline/ports/clock';
import { consentsToFloors, readConsentText } from '../../consent-file.ts';
import { agentHome, componentHome } from '../../home.ts';
import { loadIdentity, loadOrMakeKey } from '../../identity/identity.ts';
import { freeBytes } from '../../scenario.ts';
import { linkedSlot, readSlot, runtimeFile, slotFolder, verifiedProgram } from '../../slot/slot.ts';
import { hostPlatform } from '../../upgrader/first-install.ts';
import type { Look } from '../../upgrader/job.ts';
import { releaseNumberFloors, repositoryNames, trustedPins } from '../../upgrader/trust-store.ts';
import { trustedTime } from '../../upgrader/trusted-clock.ts';
import type { ComponentProcess } from '../component-process.ts';
import { type LinkedBuild, linkedBuilds } from './installed-builds.ts';
import { type OfferedRelease, offeredReleases } from './offered-releases.ts';
import { plannedDecisions } from './planned-decisions.ts';
import { expiresIn, probeRepositories, type Reached } from './reach-probe.ts';
import { loadSettings, loadWish } from './settings.ts';
import { loadBlocked } from './small-files.ts';
import { drainTimeoutMs } from './switch-over.ts';
import type { Hindrance } from './view.ts';

/** What the running Agent Updater knows beside the files. */
export interface ReadinessWorld {
  readonly home: string;
  readonly look: Look | undefined;
  readonly hindrance: Hindrance | undefined;
  readonly isFreezeSuspected: boolean;
  readonly reportsKept: number;
  running(component: string): ComponentProcess | undefined;
}

/** Left over for everybody else, as when a release is staged. */
const reserveBytes = 64 * 1024 * 1024;
const journalLimitBytes = 32 * 1024 * 1024;
/** No release is larger; what is, is not hashed. */
const slotLimitBytes = 512 * 1024 * 1024;
const slotFileLimit = 10_000;
/** Of the Node that builds run with today. */
const runtimeNeeds: Needs = { by: 'the Node runtime', glibc: '2.28', kernel: '4.18' };

export async function hostReadiness(world: ReadinessWorld): Promise<Readiness> {
  const { home } = world;
  const identity = attempt(() => loadIdentity(agentHome(home)));
  const reached = await probeRepositories(identity.value?.url);
  const now = systemClock.now();
  const offered = offeredReleases(home, world.look?.offers.map(({ sha256 }) => sha256) ?? []);
  const facts = gather(world, now, reached, offered);
  const { value: decisions } = attempt(() => plannedDecisions(home, identity.value?.agentId, offered, world.look, now));
  return readiness(facts, decisions ?? new Map());
}

function gather(
  world: ReadinessWorld,
  now: EpochMs,
  reached: Reached,
  offered: readonly OfferedRelease[],
): ReadinessFacts {
  const { home, look, hindrance } = world;
  const { value: builds = [] } = attempt(() => linkedBuilds(home));
  const journal = journalFacts(home);
  const enrolmentProblem = enrolmentProblemOf(home);
  const trustProblem = trustProblemOf(home);
  const free = attempt(() => freeBytes(home, agentHome(home).folder)).value;
  const controlFolder = attempt(() => statSync(agentHome(home).folder)).value;
  const lastMs = lastDrainMs(journal.records);
  const signed = attempt(() => trustedTime(home, now).signedNow).value;
  return {
    now,
    home,
    settings: settingsOf(home, now),
    ...(enrolmentProblem === undefined ? {} : { enrolmentProblem }),
    consent: consentOf(home, world),
    folders: foldersOf(home, builds),
    ...(controlFolder === undefined
      ? {}
      : { controlFolder: { mode: controlFolder.mode, isOwn: isOwn(controlFolder) } }),
    journal: journal.facts,
    ...(trustProblem === undefined ? {} : { trustProblem }),
    disk: { ...(free === undefined ? {} : { freeBytes: free }), neededBytes: neededBytes(home, builds, offered) },
    components: builds.map((build) => componentFacts(world, build)),
    drain: { ...(lastMs === undefined ? {} : { lastMs }), limitMs: drainTimeoutMs },
    cycle: cycleOf(world, builds),
    host: hostFacts(),
    needs: [runtimeNeeds, ...offered.flatMap(({ needs }) => needs ?? [])],
    way: reached.way,
    ...(look === undefined ? {} : { look: { refusals: look.refusals } }),
    ...(hindrance?.result === 'UpgradeAbortedVerificationFailed' ? { lookFailure: hindrance.reason } : {}),
    expires: expiresOf(home, reached),
    isFreezeSuspected: world.isFreezeSuspected,
    clock: {
      ...(reached.skewMs === undefined ? {} : { skewMs: reached.skewMs }),
      ...(signed === undefined ? {} : { behindSignedMs: signed - now }),
    },
    blocked: blockedOf(home, look),
    schemas: builds.map((build) => schemaFacts(home, build, offered)),
    reportsKept: world.reportsKept,
  };
}

interface Attempted<T> {
  readonly value?: T;
  readonly problem?: string;
}

/** Whatever goes wrong while a host is looked at is something to tell, and no reason to stop looking. */
function attempt<T>(work: () => T): Attempted<T> {
  try {
    return { value: work() };
  } catch (error) {
    const { code, message } = error as { code?: string; message: string };
    return { problem: code === undefined || message.includes(code) ? message : `${code}: ${message}` };
  }
}

function settingsOf(home: string, now: EpochMs): ReadinessFacts['settings'] {
  const { value, problem } = attempt(() => ({ state: loadSettings(home).state, wish: loadWish(home, now) }));
  return value ?? { state: 'Disabled', wish: {}, problem: problem ?? 'it cannot be read' };
}

function enrolmentProblemOf(home: string): string | undefined {
  const paths = agentHome(home);
  return attempt(() => {
    if (loadIdentity(paths) === undefined) throw new Error('this agent is not enrolled');
    if (!existsSync(paths.key)) throw new Error(`${paths.key} is gone`);
    loadOrMakeKey(paths);
  }).problem;
}

function consentOf(home: string, { running }: ReadinessWorld): ReadinessFacts['consent'] {
  const { value: text, problem } = attempt(() => readConsentText(agentHome(home).consent));
  // What is in the file beyond its rights only the component can say: it reads YAML.
  const stuck = running('connect-sync')?.stuck;
  const found = problem ?? (stuck !== undefined && /^(consent-|not-consented)/.test(stuck) ? stuck : undefined);
  return {
    ...(found === undefined ? {} : { problem: found }),
    consentsToFloors: text !== undefined && consentsToFloors(text),
  };
}

function foldersOf(home: string, builds: readonly LinkedBuild[]): readonly FolderFacts[] {
  const { folder, trust, upgrade, runtime, key } = agentHome(home);
  const ofComponents = builds.flatMap(({ component }) => {
    const { folder: own, state } = componentHome(home, component);
    return [own, ...(['a', 'b'] as const).map((slot) => slotFolder(home, component, slot)), state];
  });
  const needed = [
    folder,
    trust,
    upgrade,
    runtime,
    ...builds.map(({ component }) => componentHome(home, component).folder),
  ];
  const others = [...repositoryNames.map((name) => join(trust, name)), join(trust, 'pins.json'), key, ...ofComponents];
  return [
    ...needed.map(folderFacts),
    ...[...new Set(others)]
      .filter((path) => !needed.includes(path))
      .map(folderFacts)
      .filter(({ isPresent }) => isPresent),
  ];
}

function folderFacts(path: string): FolderFacts {
  const { value: stat } = attempt(() => lstatSync(path));
  if (stat === undefined) return { path, isPresent: false, isWritable: false, isOpen: false };
  const rights = stat.isDirectory()
    ? constants.R_OK | constants.W_OK | constants.X_OK
    : constants.R_OK | constants.W_OK;
  const isWritable = attempt(() => accessSync(path, rights)).problem === undefined;
  return { path, isPresent: true, isWritable, isOpen: (stat.mode & 0o022) !== 0 || !isOwn(stat) };
}

/** Root’s counts as own: whoever is root needs no rights. */
function isOwn({ uid }: { readonly uid: number }): boolean {
  return uid === 0 || uid === (process.getuid?.() ?? uid);
}

function journalFacts(home: string): {
  readonly facts: ReadinessFacts['journal'];
  readonly records: readonly JournalRecord[];
} {
  const { journal, folder } = agentHome(home);
  const unwritable = attempt(() => accessSync(existsSync(journal) ? journal : folder, constants.W_OK)).problem;
  const { value: records = [], problem: damaged } = attempt(() => {
    if (!existsSync(journal)) return [];
    if (statSync(journal).size > journalLimitBytes) throw new Error(`${journal} is larger than any journal`);
    return parseJournal(readFileSync(journal, 'utf8'));
  });
  return {
    facts: { ...(unwritable === undefined ? {} : { unwritable }), ...(damaged === undefined ? {} : { damaged }) },
    records,
  };
}

/** From being asked to let go until it had. */
function lastDrainMs(records: readonly JournalRecord[]): number | undefined {
  const at = records.findLastIndex(({ step, component }) => step === 'draining' && component !== 'agent-updater');
  const [asked, letGo] = [records[at], records[at + 1]];
  if (asked === undefined || letGo?.attempt !== asked.attempt || letGo.step !== 'activating') return undefined;
  const tookMs = Date.parse(letGo.at) - Date.parse(asked.at);
  return tookMs >= 0 ? tookMs : undefined;
}

function trustProblemOf(home: string): string | undefined {
  const { trust } = agentHome(home);
  return attempt(() => {
    if (trustedPins(home) === undefined) throw new Error(`${trust} has no pins`);
    releaseNumberFloors(home);
    for (const name of repositoryNames) {
      const root = join(trust, name, 'root.json');
      if (expiresIn(readFileSync(root, 'utf8')) === undefined) throw new Error(`${root} is damaged`);
    }
  }).problem;
}

/** What is served counts; where nobody answers, what is kept. Roots only change when somebody makes a new one. */
function expiresOf(home: string, { expires }: Reached): ReadinessFacts['expires'] {
  return repositoryNames.flatMap((repository) => {
    const folder = join(agentHome(home).trust, repository);
    const kept = (name: string): number | undefined =>
      attempt(() => expiresIn(readFileSync(join(folder, name), 'utf8'))).value;
    const times = { timestamp: expires.get(repository) ?? kept('timestamp.json'), root: kept('root.json') };
    return Object.entries(times).flatMap(([role, at]) =>
      at === undefined ? [] : [{ name: `${repository}/${role}`, at: at as EpochMs }],
    );
  });
}

/** Of the largest upgrade that may come: two of the build, two copies of the state, the state backed up, the reserve. */
function neededBytes(home: string, builds: readonly LinkedBuild[], offered: readonly OfferedRelease[]): number {
  const each = builds.map(({ component, build }) => {
    const stateBytes = sizeOf(componentHome(home, component).state);
    const offer = offered.find(({ facts }) => facts.component === component);
    const installedBytes = treeBytes(slotFolder(home, component, build.slot)) ?? slotLimitBytes;
    const runtimeBytes =
      offer?.runtime !== undefined && !existsSync(join(agentHome(home).runtime, offer.runtime.sha256))
        ? offer.runtime.lengthBytes
        : 0;
    const backupBytes =
      offer !== undefined && offer.facts.stateSchema !== readSlot(home, component, build.slot)?.stateSchema
        ? stateBytes
        : 0;
    return 2 * (offer?.lengthBytes ?? installedBytes) + 2 * runtimeBytes + 2 * stateBytes + backupBytes;
  });
  return reserveBytes + Math.max(0, ...each);
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}

/** Bytes of all files; `undefined` when there are more, or more bytes, than a release can have. */
function treeBytes(folder: string): number | undefined {
  const { value } = attempt(() => {
    let bytes = 0;
    const names = readdirSync(folder, { recursive: true, encoding: 'utf8' });
    if (names.length > slotFileLimit) return undefined;
    for (const name of names) bytes += lstatSync(join(folder, name)).size;
    return bytes > slotLimitBytes ? undefined : bytes;
  });
  return value;
}

function componentFacts(world: ReadinessWorld, { component, build }: LinkedBuild): ComponentFacts {
  const { home } = world;
  // The one that answers runs.
  const view = component === 'agent-updater' ? undefined : world.running(component)?.view();
  const state = component === 'agent-updater' ? 'running' : (view?.state ?? 'stopped');
  const runtime = readSlot(home, component, build.slot)?.runtime ?? '';
  const isRuntimePresent = existsSync(join(agentHome(home).runtime, runtime, runtimeFile));
  const altered = isRuntimePresent ? alteredOf(home, component) : undefined;
  return {
    component,
    version: build.version,
    state,
    ...(view?.detail === undefined ? {} : { detail: view.detail }),
    ...(altered === undefined ? {} : { altered }),
    isRuntimePresent,
  };
}

function alteredOf(home: string, component: string): string | undefined {
  return attempt(() => {
    const slot = linkedSlot(home, component);
    if (slot === undefined) throw new Error(`${component} has no link`);
    const folder = slotFolder(home, component, slot);
    if (treeBytes(folder) === undefined) throw new Error(`${folder} holds more than any release`);
    verifiedProgram(home, component, slot);
  }).problem;
}

function cycleOf({ running }: ReadinessWorld, builds: readonly LinkedBuild[]): ReadinessFacts['cycle'] {
  const processes = builds.map(({ component }) => running(component)).filter((process) => process !== undefined);
  const busy = processes.filter(({ sync }) => sync?.cycleInProgress === true);
  if (busy.length === 0) return 'none';
  return busy.some(({ callsInProgress }) => callsInProgress > 0) ? 'by-person' : 'scheduled';
}

let glibc: string | undefined;

function hostFacts(): HostFacts {
  const platform = hostPlatform();
  const kernel = /^\d+\.\d+(\.\d+)?/.exec(kernelRelease())?.[0];
  glibc ??= glibcVersion();
  return {
    platform,
    isPlatformKnown: platforms.some((known) => known === platform),
    ...(glibc === undefined ? {} : { glibc }),
    ...(kernel === undefined || process.platform !== 'linux' ? {} : { kernel }),
  };
}

/** `undefined` where Node runs by another C library. */
function glibcVersion(): string | undefined {
  if (process.report === undefined) return undefined;
  // Otherwise every open connection is looked up by name.
  Object.assign(process.report, { excludeNetwork: true });
  const { header } = process.report.getReport() as { header?: { glibcVersionRuntime?: unknown } };
  const version = header?.glibcVersionRuntime;
  return typeof version === 'string' ? version : undefined;
}

function blockedOf(home: string, look: Look | undefined): ReadinessFacts['blocked'] {
  const { value: list = [] } = attempt(() => loadBlocked(home));
  return (look?.offers ?? []).flatMap(({ sha256 }) => blockOf(list, sha256) ?? []);
}

function schemaFacts(
  home: string,
  { component, build }: LinkedBuild,
  offered: readonly OfferedRelease[],
): ReadinessFacts['schemas'][number] {
  const onDisk = storedSchema(componentHome(home, component).state);
  const running = readSlot(home, component, build.slot)?.stateSchema;
  const offer = offered.find(({ facts }) => facts.component === component)?.facts;
  return {
    component,
    ...(onDisk === undefined ? {} : { onDisk }),
    ...(running === undefined ? {} : { running }),
    ...(offer === undefined ? {} : { offered: offer.stateSchema, offeredVersion: offer.version }),
  };
}

/** `PRAGMA user_version` of a SQLite file (file format, 1.3): big-endian at byte 60. No database is opened for it. */
function storedSchema(path: string): number | undefined {
  const { value: header } = attempt(() => readStart(path, 100));
  if (header === undefined || header.length < 100 || header.toString('latin1', 0, 15) !== 'SQLite format 3')
    return undefined;
  return header.readUInt32BE(60);
}

function readStart(path: string, bytes: number): Buffer {
  const file = openSync(path, 'r');
  try {
    const start = Buffer.alloc(bytes);
    return start.subarray(0, readSync(file, start, 0, bytes, 0));
  } finally {
    closeSync(file);
  }
}
