/** The answers of ServiceProviderConfig, ResourceTypes and Schemas (RFC 7643 5 to 7, RFC 7644 4). */
import type { ResourceType, Schema } from './resource-type.ts';
import { groupResourceType, userResourceType } from './schemas.ts';

type Resource = { schemas: string[] } & Record<string, unknown>;

export const listResponseUrn = 'urn:ietf:params:scim:api:messages:2.0:ListResponse';

const schemaUrn = 'urn:ietf:params:scim:schemas:core:2.0:';

/** What the service can do. `baseUrl` is the service's own, without a slash at its end: `https://…/scim/v2`. */
export function serviceProviderConfig(
  baseUrl: string,
  pages: { readonly largest: number; readonly usual: number },
): Resource {
  return {
    schemas: [`${schemaUrn}ServiceProviderConfig`],
    patch: { supported: false },
    bulk: { supported: false, maxOperations: 0, maxPayloadSize: 0 },
    filter: { supported: true, maxResults: pages.largest },
    changePassword: { supported: false },
    sort: { supported: true },
    etag: { supported: true },
    // RFC 9865 4
    pagination: { cursor: false, index: true, defaultPageSize: pages.usual, maxPageSize: pages.largest },
    authenticationSchemes: [
      {
        type: 'oauthbearertoken',
        name: 'Bearer token',
        description: 'A token with the scope directory.read in the Authorization header (RFC 6750)',
        specUri: 'https://www.rfc-editor.org/info/rfc6750',
        primary: true,
      },
    ],
    meta: { resourceType: 'ServiceProviderConfig', location: `${baseUrl}/ServiceProviderConfig` },
  };
}

export function resourceTypes(baseUrl: string): Resource[] {
  return [userResourceType, groupResourceType].map((type) => ({
    schemas: [`${schemaUrn}ResourceType`],
    id: type.name,
    name: type.name,
    endpoint: type.endpoint,
    description: type.description,
    schema: type.schema.id,
    schemaExtensions: type.extensions.map(({ id }) => ({ schema: id, required: false })),
    meta: { resourceType: 'ResourceType', location: `${baseUrl}/ResourceTypes/${type.name}` },
  }));
}

export function schemas(baseUrl: string): Resource[] {
  const ofType = (type: ResourceType): readonly Schema[] => [type.schema, ...type.extensions];
  return [...ofType(userResourceType), ...ofType(groupResourceType)].map((schema) => ({
    schemas: [`${schemaUrn}Schema`],
    ...schema,
    meta: { resourceType: 'Schema', location: `${baseUrl}/Schemas/${schema.id}` },
  }));
}

/** The envelope of every list (RFC 7644 3.4.2). */
export function listResponse(
  resources: readonly Record<string, unknown>[],
  page: { readonly totalResults: number; readonly startIndex: number } = {
    totalResults: resources.length,
    startIndex: 1,
  },
): { schemas: string[]; totalResults: number; startIndex: number; itemsPerPage: number; Resources: Resource[] } {
  return {
    schemas: [listResponseUrn],
    ...page,
    itemsPerPage: resources.length,
    Resources: resources.map((resource) => resource as Resource),
  };
}
