/** The query of a SCIM list as the search behind it (RFC 7644 3.4.2). */
import { parseAttributePath } from '@springline/directory/scim/attribute-path';
import { bindFilter } from '@springline/directory/scim/filter-binding';
import { parseFilter } from '@springline/directory/scim/filter-parser';
import { type ResourceType, resolveAttribute } from '@springline/directory/scim/resource-type';
import { ScimError } from '@springline/directory/scim/scim-error';
import { compileFilter, type SearchMap } from '../storage/directory/filter-sql.ts';
import type { Search, SortColumn } from '../storage/directory/scim-search.ts';

/** Resources per page: what is answered when nothing was asked for, and at most. */
export const scimPages = { usual: 100, largest: 1_000 } as const;

export interface ListQuery {
  readonly filter?: string | undefined;
  readonly startIndex?: number | undefined;
  readonly count?: number | undefined;
  readonly sortBy?: string | undefined;
  readonly sortOrder?: 'ascending' | 'descending' | undefined;
}

/** What kind of resource a list is of, and how it is found. */
export interface Listed {
  readonly type: 'user' | 'group';
  readonly resourceType: ResourceType;
  readonly map: SearchMap;
}

/**
 * Positions below 1 count as 1, negative counts as 0, and counts beyond the largest page are cut to it (RFC 7644
 * 3.4.2.4).
 *
 * @throws {ScimError} `invalidFilter`, `invalidPath`.
 */
export function searchFrom(query: ListQuery, listed: Listed, tenantId: string): Search {
  const { type, resourceType, map } = listed;
  const bound = query.filter === undefined ? undefined : bindFilter(parseFilter(query.filter), resourceType);
  return {
    type,
    filter: bound && compileFilter(bound, map, tenantId),
    sort: query.sortBy === undefined ? undefined : sortFrom(query.sortBy, query.sortOrder, listed),
    offset: startIndexOf(query) - 1,
    limit: Math.min(Math.max(query.count ?? scimPages.usual, 0), scimPages.largest),
  };
}

export function startIndexOf({ startIndex }: ListQuery): number {
  return Math.max(startIndex ?? 1, 1);
}

function sortFrom(sortBy: string, sortOrder: ListQuery['sortOrder'], { resourceType, map }: Listed): Search['sort'] {
  const attribute = resolveAttribute(resourceType, parseAttributePath(sortBy));
  const column = attribute && map.columns.get(attribute.key);
  if (column === undefined || column.form === 'constant') {
    const known = [...map.columns].filter((entry): entry is [string, SortColumn] => entry[1].form !== 'constant');
    throw new ScimError('invalidPath', `sortBy takes one of ${known.map(([name]) => name).join(', ')}`);
  }
  return { column, descending: sortOrder === 'descending' };
}
