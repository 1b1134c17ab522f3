/**
 * The change feed: what a connector's source masters, all of it or since a cursor, so that imports confirm exports, and a
 * staging server sees what the server beside it exported.
 */
import { ProblemError } from '@springline/api/problem';
import type { CloudObject as WireObject } from '@springline/api/shapes/directory';
import { type AttributeValue, attributeEntries } from '@springline/cloud-directory/cloud-object';
import type { Handler } from '../http/handler.ts';
import type { Database } from '../storage/database.ts';
import { type ChangedObject, readChanges } from '../storage/directory/changes.ts';
import { type DirectoryEpoch, holdEpoch, readEpoch } from '../storage/directory/epochs.ts';
import { type ChangeCursor, parseChangeCursor, printChangeCursor } from './change-cursor.ts';
import { type DirectoryDeps, requireConnector } from './deps.ts';

export function listChangesHandler(deps: DirectoryDeps): Handler<'listChanges'> {
  return async ({ query, caller: { tenantId, agentId } }) => {
    const { connectorId, limit } = query;
    const { sourceId } = await requireConnector(deps, deps.database.read, { tenantId, agentId }, connectorId);
    // Before the objects: what changes in between has a higher number and is told next time.
    const life = await epochOf(deps.database, tenantId);
    const from = startingPoint(query.cursor, life);
    const deletedAfter = from.start ?? 0;
    const page = { connectorId: sourceId, after: from.sequence, deletedAfter, limit };
    const { changes, more } = await readChanges(deps.database.read, tenantId, page);
    const told = Math.max(from.sequence, changes.at(-1)?.sequence ?? 0);
    const cursor = more
      ? { epoch: life.epoch, sequence: told, start: told < deletedAfter ? from.start : undefined }
      : { epoch: life.epoch, sequence: Math.max(told, life.sequence), start: undefined };
    return { objects: changes.map(wireObject), cursor: printChangeCursor(cursor), more };
  };
}

async function epochOf(database: Database, tenantId: string): Promise<DirectoryEpoch> {
  const life = await readEpoch(database.read, tenantId);
  if (life !== undefined) return life;
  return database.write(async (writer) => {
    await holdEpoch(writer, tenantId);
    return (await readEpoch(writer, tenantId))!;
  });
}

/** @throws {ProblemError} `cursor-expired` when what changed since cannot be told in full. */
function startingPoint(text: string | undefined, life: DirectoryEpoch): ChangeCursor {
  if (text === undefined) return { epoch: life.epoch, sequence: 0, start: life.sequence };
  const cursor = parseChangeCursor(text);
  const known = Math.max(cursor?.sequence ?? 0, cursor?.start ?? 0);
  if (cursor?.epoch !== life.epoch || known > life.sequence || known < life.purgedThrough) {
    throw new ProblemError('cursor-expired');
  }
  return cursor;
}

function wireObject({ object, cloudAnchor, references }: ChangedObject): WireObject {
  const deleted = object.deletedAt !== undefined;
  return {
    cloudAnchor,
    objectType: object.type,
    sourceAnchor: object.sourceAnchor,
    deleted,
    attributes: deleted ? {} : Object.fromEntries(attributeEntries(object.attributes).map(wireAttribute)),
    references: deleted ? {} : Object.fromEntries([...references].map(([name, anchors]) => [name, [...anchors]])),
    changedAt: new Date(object.changedAt).toISOString(),
  };
}

function wireAttribute([name, value]: [string, AttributeValue]): [string, WireObject['attributes'][string]] {
  return [name, typeof value === 'object' ? [...value] : value];
}
