/** What an import of a directory leaves for the next: where it got to, and what entries were measured by. */
import type { Directory, Engine } from './engine.ts';
import { EntryReader } from './entry-reader.ts';
import type { ImportScope } from './import-scope.ts';

type Named = Pick<Directory, 'name'>;

/** Whether only a whole read will do: there is no cookie, or what is kept of an entry is not what it was. */
export function needsFullImport(engine: Engine, directory: Directory, scope: ImportScope): boolean {
  const { store } = engine;
  const measure = measureOf(scope, new EntryReader(engine, directory, scope.consent));
  return store.setting(cookieSetting(directory)) === undefined || store.setting(scopeSetting(directory)) !== measure;
}

/** One-shot override: the next import of the directory is a full one. */
export function requireFullImport({ store }: Engine, directory: Named): void {
  store.setSetting(cookieSetting(directory), null);
}

/** Whether the directory was read to its end, with what counts of it now or before. */
export function wasReadWhole({ store }: Engine, directory: Named): boolean {
  return store.setting(scopeSetting(directory)) !== undefined;
}

/** Nothing is remembered of a directory. */
export function forgetImports({ store }: Engine, directory: Named): void {
  for (const setting of [cookieSetting(directory), scopeSetting(directory)]) store.setSetting(setting, null);
}

/** The same bytes of an entry mean the same as long as this is the same. */
export function measureOf(scope: ImportScope, reader: EntryReader): string {
  return `${scope.digest} ${reader.digest}`;
}

/** Where the cookie of a directory's last import is kept, as Base64. */
export function cookieSetting({ name }: Named): string {
  return `cookie/${name}`;
}

/** Where the measure is kept, once the directory was read to its end. */
export function scopeSetting({ name }: Named): string {
  return `import-scope/${name}`;
}
