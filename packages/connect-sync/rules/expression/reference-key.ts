/** When two references name one entry. */
import { normaliseDn } from '@springline/directory/dn';
import { DirectoryError } from '@springline/directory/error';
import type { Reference } from './value.ts';

/** Equal for references that name one entry. A text that is no DN equals only itself. */
export function referenceKey({ dn }: Reference): string {
  try {
    return normaliseDn(dn);
  } catch (error) {
    if (error instanceof DirectoryError) return `\u0000${dn}`;
    throw error;
  }
}
