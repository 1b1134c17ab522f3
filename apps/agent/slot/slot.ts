/**
 * Slots of a component: `<home>/agent/<component>/{a,b}/` with the files of a release, `<slot>.json` beside each with
 * what was verified when it was unpacked, and the link `current`. Before every start the files are hashed again, so
 * that a slot that somebody wrote to is not run (rule S10). Imports nothing from npm.
 */
import { createHash } from 'node:crypto';
import {
  closeSync,
  constants,
  existsSync,
  lstatSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  readSync,
  renameSync,
  rmSync,
  type Stats,
  statSync,
  symlinkSync,
} from 'node:fs';
import { join } from 'node:path';
import { ReleaseError } from '@springline/auto-upgrade/release/error';
import { type TreeFile, treeHash } from '@springline/auto-upgrade/release/tree-hash';
import { syncFolder, writeFileAtomic } from '@springline/ports/files';
import { agentHome, componentHome } from '../home.ts';

const portionBytes = 1024 * 1024;

export type Slot = 'a' | 'b';

/** What was signed about the build in a slot; kept beside the slot, never in it. */
export interface SlotFacts {
  readonly component: string;
  readonly version: string;
  readonly releaseNumber: number;
  /** SHA-256 of the signed tar, hex. */
  readonly sha256: string;
  readonly treeHash: string;
  /** SHA-256 of the signed tar of its runtime, hex. */
  readonly runtime: string;
  readonly runtimeTreeHash: string;
  readonly stateSchema: number;
}

/** A slot cannot be run. `code` is stable, the message says what to do. */
export class SlotError extends Error {
  override readonly name = 'SlotError';
  readonly code: 'slot-altered' | 'slot-missing';

  constructor(code: SlotError['code'], message: string) {
    super(message);
    this.code = code;
  }
}

export function otherSlot(slot: Slot | undefined): Slot {
  return slot === 'a' ? 'b' : 'a';
}

/** The slot that the link names. */
export function linkedSlot(home: string, component: string): Slot | undefined {
  const { current } = componentHome(home, component);
  if (lstatSync(current, { throwIfNoEntry: false })?.isSymbolicLink() !== true) return undefined;
  const named = readlinkSync(current);
  return named === 'a' || named === 'b' ? named : undefined;
}

export function slotFolder(home: string, component: string, slot: Slot): string {
  return join(componentHome(home, component).folder, slot);
}

const factsFile = (home: string, component: string, slot: Slot): string => `${slotFolder(home, component, slot)}.json`;

/** `undefined` when nothing whole lies there. */
export function readSlot(home: string, component: string, slot: Slot | undefined): SlotFacts | undefined {
  if (slot === undefined || !existsSync(factsFile(home, component, slot))) return undefined;
  // What cannot be read at the moment is not nothing: its runtime must not be swept away.
  const text = readFileSync(factsFile(home, component, slot), 'utf8');
  try {
    return parseFacts(JSON.parse(text));
  } catch {
    return undefined; // Torn or foreign: the slot counts as empty and is filled anew.
  }
}

function parseFacts(value: unknown): SlotFacts {
  const fields = Object(value) as Record<keyof SlotFacts, unknown>;
  for (const name of ['component', 'version', 'sha256', 'treeHash', 'runtime', 'runtimeTreeHash'] as const) {
    if (typeof fields[name] !== 'string') throw new TypeError(name);
  }
  for (const name of ['sha256', 'runtime'] as const) {
    if (!/^[0-9a-f]{64}$/.test(fields[name] as string)) throw new TypeError(name);
  }
  if (!Number.isSafeInteger(fields.releaseNumber) || !Number.isSafeInteger(fields.stateSchema)) throw new TypeError();
  return fields as SlotFacts;
}

/** Forgets what a slot holds, before anything is written to it. */
export function emptySlot(home: string, component: string, slot: Slot): void {
  rmSync(factsFile(home, component, slot), { force: true });
  rmSync(slotFolder(home, component, slot), { recursive: true, force: true });
}

/** Says what lies in a slot that has just been filled and made durable. */
export function sealSlot(home: string, slot: Slot, facts: SlotFacts): void {
  writeFileAtomic(factsFile(home, facts.component, slot), `${JSON.stringify(facts, null, 2)}\n`, 0o600);
}

/** Lets `current` name `slot`, in one rename. */
export function switchLink(home: string, component: string, slot: Slot): void {
  const { folder, current } = componentHome(home, component);
  const link = `${current}.new`;
  rmSync(link, { force: true });
  symlinkSync(slot, link);
  renameSync(link, current);
  syncFolder(folder);
}

export interface Program {
  readonly slot: Slot;
  readonly facts: SlotFacts;
  /** The Node runtime to run it with. */
  readonly runtime: string;
  /** Folder of its files. */
  readonly folder: string;
}

/**
 * The program in a slot, with every file hashed and found as signed. Costs about 3 ms for 2 MB; a runtime that was
 * hashed before and has the same inode, size and times is not hashed again.
 *
 * @throws {SlotError} `slot-missing`, `slot-altered`.
 */
export function verifiedProgram(home: string, component: string, slot: Slot): Program {
  const facts = readSlot(home, component, slot);
  if (facts === undefined) throw new SlotError('slot-missing', `slot ${slot} of ${component} holds no release`);
  const folder = slotFolder(home, component, slot);
  if (hashOf(folder) !== facts.treeHash) throw altered(folder);
  const runtimeFolder = join(agentHome(home).runtime, facts.runtime);
  if (runtimeHashOf(runtimeFolder) !== facts.runtimeTreeHash) throw altered(runtimeFolder);
  return { slot, facts, runtime: join(runtimeFolder, runtimeFile), folder };
}

export const runtimeFile = 'node';

function altered(folder: string): SlotError {
  return new SlotError(
    'slot-altered',
    `${folder} does not hold what was verified when it was installed; it is not started. The next look brings the release again, unless auto-upgrade is Disabled.`,
  );
}

/** Tree hash of the files in a folder; '' when there is none, and when a name in it is none that a release can have. */
export function hashOf(folder: string): string {
  if (!existsSync(folder)) return '';
  try {
    return treeHash(filesUnder(folder).map((path) => treeFile(folder, path, lstatSync(join(folder, path)))));
  } catch (error) {
    if (error instanceof ReleaseError) return '';
    throw error;
  }
}

function filesUnder(folder: string, prefix = ''): string[] {
  return readdirSync(join(folder, prefix), { withFileTypes: true }).flatMap((entry) => {
    const path = prefix + entry.name;
    return entry.isDirectory() ? filesUnder(folder, `${path}/`) : [path];
  });
}

function treeFile(folder: string, path: string, stat: Stats): TreeFile {
  const sha256 = stat.isFile() ? sha256Of(join(folder, path)) : 'no file';
  return { path, executable: (stat.mode & 0o100) !== 0, size: stat.size, sha256 };
}

/** In portions: a runtime has 126 MB, and this runs in the resident Updater. */
function sha256Of(path: string): string {
  const hash = createHash('sha256');
  const portion = Buffer.allocUnsafe(portionBytes);
  const file = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW);
  try {
    for (let size = -1; size !== 0; ) {
      size = readSync(file, portion);
      hash.update(portion.subarray(0, size));
    }
  } finally {
    closeSync(file);
  }
  return hash.digest('hex');
}

const runtimeHashes = new Map<string, { readonly stamp: string; readonly hash: string }>();

/** Hashing 126 MB takes 0.1 s, so it is done once per process and state of the file; ctime cannot be set back. */
function runtimeHashOf(folder: string): string {
  const stat = statSync(join(folder, runtimeFile), { bigint: true, throwIfNoEntry: false });
  if (stat === undefined) return '';
  const stamp = [stat.dev, stat.ino, stat.size, stat.mode, stat.mtimeNs, stat.ctimeNs].join(' ');
  const known = runtimeHashes.get(folder);
  if (known?.stamp === stamp && readdirSync(folder).length === 1) return known.hash;
  const hash = hashOf(folder);
  runtimeHashes.set(folder, { stamp, hash });
  return hash;
}
