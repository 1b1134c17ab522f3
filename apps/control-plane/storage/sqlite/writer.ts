/**
 * The writer's thread: the only connection that writes, so that no fsync holds up the event loop. It carries out one
 * statement per message, in order, and knows nothing of what they mean.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { Connection, type ConnectionSettings, type StatementResult } from './connection.ts';

/** `rollback` ends the transaction if one is open; `close` ends the thread. */
export type WriterRequest =
  | { readonly id: number; readonly sql: string; readonly parameters: readonly unknown[] }
  | { readonly id: number; readonly order: 'rollback' | 'close' };

/** An engine error as it crosses the threads: its class does not. */
export interface EngineFailure {
  readonly message: string;
  readonly errcode?: number;
  readonly code?: string;
}

export type WriterAnswer =
  | { readonly id: number; readonly result: StatementResult }
  | { readonly id: number; readonly failure: EngineFailure };

/** The id of the answer that says whether the file could be opened. */
export const openingId = 0;

if (parentPort !== null) serve(parentPort, workerData as ConnectionSettings);

function serve(port: NonNullable<typeof parentPort>, settings: ConnectionSettings): void {
  const answer = (message: WriterAnswer): void => port.postMessage(message);
  let connection: Connection;
  try {
    connection = new Connection(settings);
  } catch (error) {
    answer({ id: openingId, failure: failureOf(error) });
    return;
  }
  port.on('message', (request: WriterRequest) => {
    try {
      answer({ id: request.id, result: carryOut(connection, request) });
    } catch (error) {
      answer({ id: request.id, failure: failureOf(error) });
    }
    if ('order' in request && request.order === 'close') port.close();
  });
  answer({ id: openingId, result: { rows: [] } });
}

function carryOut(connection: Connection, request: WriterRequest): StatementResult {
  if ('sql' in request) return connection.run(request.sql, request.parameters);
  connection.rollBack();
  if (request.order === 'close') connection.close();
  return { rows: [] };
}

function failureOf(error: unknown): EngineFailure {
  const { message, errcode, code } = error as { message?: string; errcode?: number; code?: string };
  return {
    message: message ?? String(error),
    ...(errcode === undefined ? {} : { errcode }),
    ...(code === undefined ? {} : { code }),
  };
}
