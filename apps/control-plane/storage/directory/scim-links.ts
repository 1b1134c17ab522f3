/** What resources show of other objects: groups and managers of users, members of groups. Both ends are always live. */
import { setImmediate } from 'node:timers/promises';
import type { Linked, Member, UserLinks } from '@springline/cloud-directory/scim-resource';
import { ScimError } from '@springline/directory/scim/scim-error';
import type { Reader } from '../database.ts';
import { inLists } from './chunks.ts';

/** Most links that one answer shows. */
const linksPerAnswer = 200_000;
const membersPerRead = 10_000;

/**
 * By user id; a user without either is not in it.
 * @throws {ScimError} `tooMany` when the answer would show more groups than one may.
 */
export async function readUserLinks(
  reader: Reader,
  tenantId: string,
  userIds: readonly string[],
): Promise<Map<string, UserLinks>> {
  const links = new Map<string, { groups: Linked[]; manager: Linked | undefined }>();
  const of = (userId: string): { groups: Linked[]; manager: Linked | undefined } => {
    const known = links.get(userId) ?? { groups: [], manager: undefined };
    links.set(userId, known);
    return known;
  };
  let shown = 0;
  for (const list of inLists(userIds)) {
    const memberships = await reader
      .selectFrom('directory_references as r')
      .innerJoin('directory_objects as g', (join) =>
        join.onRef('g.tenant_id', '=', 'r.tenant_id').onRef('g.object_id', '=', 'r.object_id'),
      )
      .select(['r.target_id', 'g.object_id', 'g.display_name'])
      .where('r.tenant_id', '=', tenantId)
      .where('r.target_id', 'in', list)
      .where('r.attribute', '=', 'member')
      .orderBy('r.target_id')
      .orderBy('g.object_id')
      .limit(linksPerAnswer + 1 - shown)
      .execute();
    shown += memberships.length;
    if (shown > linksPerAnswer) {
      throw new ScimError(
        'tooMany',
        `These users are in more than ${linksPerAnswer} groups in all; ask with a smaller count`,
      );
    }
    for (const row of memberships) of(row.target_id).groups.push(linkedFrom(row));
    const managers = await reader
      .selectFrom('directory_references as r')
      .innerJoin('directory_objects as m', (join) =>
        join.onRef('m.tenant_id', '=', 'r.tenant_id').onRef('m.object_id', '=', 'r.target_id'),
      )
      .select(['r.object_id as user_id', 'm.object_id', 'm.display_name'])
      .where('r.tenant_id', '=', tenantId)
      .where('r.object_id', 'in', list)
      .where('r.attribute', '=', 'manager')
      .where('m.type', '=', 'user')
      .execute();
    for (const row of managers) of(row.user_id).manager = linkedFrom(row);
  }
  return links;
}

/** Users and groups among the members, in the order in which they came into the directory; contacts are no resources. */
export async function readMembers(reader: Reader, tenantId: string, groupId: string): Promise<Member[]> {
  const members: Member[] = [];
  let last = '';
  for (;;) {
    const rows = await reader
      .selectFrom('directory_references as r')
      .innerJoin('directory_objects as m', (join) =>
        join.onRef('m.tenant_id', '=', 'r.tenant_id').onRef('m.object_id', '=', 'r.target_id'),
      )
      .select(['m.object_id', 'm.display_name', 'm.type'])
      .where('r.tenant_id', '=', tenantId)
      .where('r.object_id', '=', groupId)
      .where('r.attribute', '=', 'member')
      .where('r.target_id', '>', last)
      .orderBy('r.target_id')
      .limit(membersPerRead)
      .execute();
    for (const row of rows) if (row.type !== 'contact') members.push({ ...linkedFrom(row), type: row.type });
    const end = rows.at(-1);
    if (end === undefined || rows.length < membersPerRead) return members;
    last = end.object_id;
    await setImmediate();
  }
}

function linkedFrom(row: { readonly object_id: string; readonly display_name: string | null }): Linked {
  return { id: row.object_id, displayName: row.display_name ?? undefined };
}
