/**
 * Passwords as files for programs that read them from there. No line feed at the end: `ldapmodify -y` would take it as
 * part of the password.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Writes `password` to `<folder>/<name>.password`, readable by its owner only, and returns the path. */
export function writePasswordFile(folder: string, name: string, password: string): string {
  const path = join(folder, `${name}.password`);
  writeFileSync(path, password, { mode: 0o600 });
  return path;
}
