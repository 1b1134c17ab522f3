/**
 * Users and groups for applications (RFC 7644 3.4). What a projection leaves out is not read. Only the caller's tenant,
 * and only live objects.
 */
import type { CloudObject } from '@springline/cloud-directory/cloud-object';
import { groupResource, type ScimResource, userResource } from '@springline/cloud-directory/scim-resource';
import { listResponse } from '@springline/directory/scim/discovery';
import { type Projection, parseProjection } from '@springline/directory/scim/projection';
import { enterpriseUserUrn, groupResourceType, userResourceType } from '@springline/directory/scim/schemas';
import { ScimError } from '@springline/directory/scim/scim-error';
import type { Handler, Handlers } from '../http/handler.ts';
import type { Reader } from '../storage/database.ts';
import { readMembers, readUserLinks } from '../storage/directory/scim-links.ts';
import { findObject, searchObjects } from '../storage/directory/scim-search.ts';
import { groupSearch, userSearch } from '../storage/directory/search-maps.ts';
import type { DirectoryDeps } from './deps.ts';
import { type Listed, searchFrom, startIndexOf } from './scim-query.ts';
import { refusing } from './scim-refusal.ts';

type ReadDeps = Pick<DirectoryDeps, 'database' | 'publicUrl'>;

/** A page of whole groups shows at most this many members. */
const membersPerList = 100_000;

interface Kind extends Listed {
  /** The object's own part, for filters in memory. */
  own(object: CloudObject, baseUrl: string): ScimResource;
  /** Whether what is shown under `projection`, its version included, depends on other objects. */
  needsLinks(projection: Projection): boolean;
  /** Whole resources, in order; without `links` as far as the objects themselves say it. */
  shown(
    reader: Reader,
    tenantId: string,
    objects: readonly CloudObject[],
    links: boolean,
    baseUrl: string,
  ): Promise<ScimResource[]>;
}

const users: Kind = {
  type: 'user',
  resourceType: userResourceType,
  map: userSearch,
  own: (object, baseUrl) => userResource(object, baseUrl),
  needsLinks: (projection) =>
    projection.wants('groups') || projection.wants('meta', 'version') || projection.wants(enterpriseUserUrn, 'manager'),
  async shown(reader, tenantId, objects, links, baseUrl) {
    const ids = links ? objects.map(({ id }) => id) : [];
    const linksById = await readUserLinks(reader, tenantId, ids);
    return objects.map((object) => userResource(object, baseUrl, linksById.get(object.id)));
  },
};

const groups: Kind = {
  type: 'group',
  resourceType: groupResourceType,
  map: groupSearch,
  own: (object, baseUrl) => groupResource(object, baseUrl),
  // A group's version counts its members without reading them.
  needsLinks: (projection) => projection.wants('members'),
  async shown(reader, tenantId, objects, links, baseUrl) {
    if (!links) return objects.map((object) => groupResource(object, baseUrl));
    const members = objects.reduce((sum, { referenceCount }) => sum + referenceCount, 0);
    if (objects.length > 1 && members > membersPerList) {
      const detail = 'these groups have too many members for one answer: ask for fewer, or exclude members';
      throw new ScimError('tooMany', detail);
    }
    const resources: ScimResource[] = [];
    for (const object of objects) {
      const held = object.referenceCount === 0 ? [] : await readMembers(reader, tenantId, object.id);
      resources.push(groupResource(object, baseUrl, held));
    }
    return resources;
  },
};

export const listUsersHandler = (deps: ReadDeps): Handler<'scimListUsers'> => listHandler(deps, users);
export const listGroupsHandler = (deps: ReadDeps): Handler<'scimListGroups'> => listHandler(deps, groups);
export const getUserHandler = (deps: ReadDeps): Handler<'scimGetUser'> => getHandler(deps, users);
export const getGroupHandler = (deps: ReadDeps): Handler<'scimGetGroup'> => getHandler(deps, groups);

/** What lists and single reads need of their calls; the same for both kinds. */
type ListCall = Pick<Parameters<Handlers['scimListUsers']>[0], 'query' | 'caller' | 'signal'>;
type GetCall = Pick<Parameters<Handlers['scimGetUser']>[0], 'params' | 'query' | 'caller' | 'setHeader'>;

function listHandler(deps: ReadDeps, kind: Kind) {
  return ({ query, caller: { tenantId }, signal }: ListCall) =>
    refusing(async () => {
      const { read } = deps.database;
      const baseUrl = scimBaseUrl(deps);
      const projection = parseProjection(kind.resourceType, query);
      const search = searchFrom(query, kind, tenantId);
      const own = (object: CloudObject): ScimResource => kind.own(object, baseUrl);
      const { objects, total } = await searchObjects(read, tenantId, search, own, signal);
      const resources = await kind.shown(read, tenantId, objects, kind.needsLinks(projection), baseUrl);
      const page = { totalResults: total, startIndex: startIndexOf(query) };
      return listResponse(resources.map(projection.of), page);
    });
}

function getHandler(deps: ReadDeps, kind: Kind) {
  return ({ params, query, caller: { tenantId }, setHeader }: GetCall) =>
    refusing(async () => {
      const { read } = deps.database;
      const baseUrl = scimBaseUrl(deps);
      const projection = parseProjection(kind.resourceType, query);
      const object = await findObject(read, tenantId, kind.type, params.id);
      if (object === undefined) {
        throw new ScimError(undefined, `There is no ${kind.resourceType.name} with this id`, { status: 404 });
      }
      // The ETag is that of the whole resource, so it wants what the version wants, whatever is shown.
      const links = kind.needsLinks(projection) || kind.needsLinks(versionOnly(kind));
      const [resource] = await kind.shown(read, tenantId, [object], links, baseUrl);
      setHeader('etag', etagIn(resource!));
      return projection.of(resource!) as ScimResource;
    });
}

const versionOnly = ({ resourceType }: Kind): Projection =>
  parseProjection(resourceType, { attributes: 'meta.version' });

function etagIn(resource: ScimResource): string {
  return (resource['meta'] as { readonly version: string }).version;
}

/** Without a slash at its end. */
export function scimBaseUrl({ publicUrl }: Pick<DirectoryDeps, 'publicUrl'>): string {
  const url = typeof publicUrl === 'string' ? publicUrl : publicUrl();
  return `${url.replace(/\/$/, '')}/scim/v2`;
}
