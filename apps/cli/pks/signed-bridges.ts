/**
 * Which components people signed a bridge answer for, and what they said about old builds: `<home>/keys/pks/<component>.json`.
 * By that alone answers are signed again. The served answers lie with the control plane: an old one that comes back, in its
 * own folder or from a backup, is well signed and says nothing about what is wanted now.
 */
import { join } from 'node:path';
import { ReleaseError } from '@springline/auto-upgrade/release/error';
import type { Component } from '@springline/auto-upgrade/release/target-path';
import { parseVersion } from '@springline/auto-upgrade/release/version';
import { writeFileAtomic } from '@springline/ports/files';
import { CommandError } from '../output.ts';
import { readPlainFile } from '../release/plain-file.ts';
import { keysHome } from '../release/roles.ts';

/** What a person said with the first answer, or a later one. */
export interface SignedBridge {
  /** Builds below it are told to be replaced by hand. */
  readonly upgradesFrom?: string;
}

const format = 'springline-pks-bridge-1';
const limitBytes = 4_096;

/** Undefined where nobody signed one, or it was taken back. @throws {CommandError} when the file is damaged. */
export function readSignedBridge(home: string, component: Component): SignedBridge | undefined {
  const path = fileOf(home, component);
  const file = readPlainFile(path, limitBytes);
  if (file.kind === 'absent') return undefined;
  try {
    if (file.kind === 'unusable') throw new SyntaxError(file.why);
    const fields = Object(JSON.parse(file.bytes.toString('utf8'))) as Record<string, unknown>;
    const { upgradesFrom } = fields;
    if (fields['format'] !== format) throw new SyntaxError('another format');
    if (upgradesFrom === undefined) return {};
    if (typeof upgradesFrom !== 'string') throw new SyntaxError('no version');
    parseVersion(upgradesFrom);
    return { upgradesFrom };
  } catch (cause) {
    if (!(cause instanceof SyntaxError) && !(cause instanceof ReleaseError)) throw cause;
    throw new CommandError(
      `${path} is damaged. Restore it from your copy of the keys, or delete it and sign again.`,
      1,
      {
        cause,
      },
    );
  }
}

export function writeSignedBridge(home: string, component: Component, { upgradesFrom }: SignedBridge): void {
  const said = { format, ...(upgradesFrom === undefined ? {} : { upgradesFrom }) };
  writeFileAtomic(fileOf(home, component), `${JSON.stringify(said)}\n`, 0o600);
}

function fileOf(home: string, component: Component): string {
  return join(keysHome(home).pksBridges, `${component}.json`);
}
