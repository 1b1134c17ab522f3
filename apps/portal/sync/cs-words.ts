/** The connector space in words: what may be looked for, and what a row’s states mean. */
import type { CsRowView } from '@springline/api/shapes/sync-objects';
import type { Tone } from '../look/tone.ts';
import type { CsSearch } from './sync-queries.ts';
import type { CsLook, CsPageSearch } from './sync-search.ts';

export const lookTitles: Readonly<Record<CsLook, string>> = {
  text: 'Text in names',
  dn: 'DN',
  anchor: 'Anchor',
  subtree: 'Subtree of a DN',
  'pending-import': 'Pending import',
  'pending-export': 'Pending export',
  error: 'With an error',
  disconnected: 'Disconnected',
  transient: 'Transient',
};

const wordFields: Readonly<Partial<Record<CsLook, { readonly label: string; readonly placeholder: string }>>> = {
  text: { label: 'Text', placeholder: 'ada okonkwo' },
  dn: { label: 'DN', placeholder: 'CN=Ada Okonkwo,OU=People,DC=contoso,DC=example' },
  anchor: { label: 'Anchor', placeholder: 'b8c3f2de-51a7-4c0d-9d7a-0b1c2d3e4f50' },
  subtree: { label: 'DN of the subtree', placeholder: 'OU=People,DC=contoso,DC=example' },
};

/** The field that a look needs; none for a look by state. */
export const wordFieldOf = (look: CsLook) => wordFields[look];

/** What to ask the host; `undefined` while a connector, or the words of the look, are missing. */
export function csSearchOf({ connector, look = 'text', words }: CsPageSearch): CsSearch | undefined {
  if (connector === undefined) return undefined;
  const wanted = words?.trim() ?? '';
  switch (look) {
    case 'text':
      return wanted === '' ? { connector } : { connector, text: wanted.slice(0, 256) };
    case 'dn':
      return wanted === '' ? undefined : { connector, dn: wanted };
    case 'anchor':
      return wanted === '' ? undefined : { connector, anchor: wanted.slice(0, 512) };
    case 'subtree':
      return wanted === '' ? undefined : { connector, dn: wanted, scope: 'subtree' };
    default:
      return { connector, scope: look };
  }
}

interface Said {
  readonly tone: Tone;
  readonly words: string;
}

const links = { projected: 'Projected', joined: 'Joined', provisioned: 'Provisioned' } as const;

/** How a row hangs together with the metaverse. */
export function linkWords({ linked, link, placeholder, transient }: CsRowView): Said {
  if (placeholder === true) return { tone: 'none', words: 'Placeholder: only its DN is known' };
  if (transient === true) return { tone: 'warn', words: 'Transient: another object took its DN' };
  if (!linked) return { tone: 'none', words: 'Disconnected' };
  return { tone: 'good', words: link === undefined ? 'Linked' : links[link] };
}

/** What waits, and what went wrong, for a row; empty when all is done. */
export function stateWords(row: CsRowView): readonly Said[] {
  return [
    ...(row.error === undefined ? [] : [{ tone: 'bad' as const, words: row.error.code }]),
    ...(row.pendingImport === 'none' ? [] : [{ tone: 'busy' as const, words: `Pending import: ${row.pendingImport}` }]),
    ...(row.pendingExport === 'none' ? [] : [{ tone: 'busy' as const, words: `Pending export: ${row.pendingExport}` }]),
    ...(row.awaitingConfirmation === true ? [{ tone: 'busy' as const, words: 'Awaits confirmation' }] : []),
  ];
}

/** The name that people know it by, else its first RDN. */
export function rowName({ displayName, dn }: Pick<CsRowView, 'displayName' | 'dn'>): string {
  if (displayName !== undefined && displayName !== '') return displayName;
  const [, value] = /^[^=,]+=((?:\\.|[^,\\])*)/.exec(dn) ?? [];
  return value === undefined || value === '' ? dn : value.replace(/\\([ "#+,;<=>\\])/g, '$1');
}
