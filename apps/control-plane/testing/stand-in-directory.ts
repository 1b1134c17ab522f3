/**
 * A cloud directory that only keeps to the contract, for tests of everything around it: an agent may export to its own
 * connector, and every answer has its documented shape.
 */
import { ProblemError } from '@springline/api/problem';
import { defaultExportLimits } from '@springline/cloud-directory/export-limits';
import type { DirectoryPart } from '../control-plane.ts';
import { ownsConnector } from '../storage/platform/connectors.ts';

const list = { schemas: ['urn:ietf:params:scim:api:messages:2.0:ListResponse'], totalResults: 0, Resources: [] };
const resource = { schemas: ['urn:ietf:params:scim:schemas:core:2.0:User'], id: 'stand-in' };

export const standInDirectory: DirectoryPart = {
  migrations: [],
  jobs: () => [],
  counts: async () => ({ users: 0, groups: 0, contacts: 0 }),
  handlers: ({ database }) => ({
    async exportBatch({ caller, body }) {
      if (!(await ownsConnector(database.read, caller, body.connectorId)))
        throw new ProblemError('connector-not-yours');
      return { results: body.operations.map(({ sourceAnchor }) => ({ sourceAnchor, status: 'unchanged' as const })) };
    },
    async listChanges({ caller, query }) {
      if (!(await ownsConnector(database.read, caller, query.connectorId)))
        throw new ProblemError('connector-not-yours');
      return { objects: [], cursor: '0', more: false };
    },
    async exportLease({ caller, body }) {
      if (!(await ownsConnector(database.read, caller, body.connectorId)))
        throw new ProblemError('connector-not-yours');
      return { held: false };
    },
    listExportSources: async () => ({ sources: [] }),
    getExportLimits: async () => defaultExportLimits,
    putExportLimits: async ({ body }) => body,
    approveDeletions: async ({ body: { connectorId, objects } }) => ({
      ...{ sourceId: connectorId, objects, until: '2026-11-23T14:00:00.000Z' },
    }),
    scimServiceProviderConfig: async () => resource,
    scimResourceTypes: async () => list,
    scimSchemas: async () => list,
    scimListUsers: async () => list,
    async scimGetUser({ params }) {
      if (params.id === 'missing') throw new ProblemError('not-found');
      return resource;
    },
    scimListGroups: async () => list,
    scimGetGroup: async () => resource,
  }),
};
