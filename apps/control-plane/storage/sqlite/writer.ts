/**
 * The writer's thread: the only connection that writes, so that no fsync holds up the event loop. It carries out what
 * it is told in order, and knows nothing of what it means. Requests come, and answers go, several in one message:
 * crossing between threads costs more than most statements.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { Connection, type ConnectionSettings, type StatementResult, type TransactionOrder } from './connection.ts';

/** `close` ends the thread. What has no `id` is not answered; when it fails, it ends the transaction. */
export type WriterRequest =
  | { readonly id: number; readonly sql: string; readonly parameters: readonly unknown[] }
  | { readonly id?: number; readonly order: TransactionOrder | 'close' };

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
  const answer = (answers: readonly WriterAnswer[]): void => port.postMessage(answers);
  let connection: Connection;
  try {
    connection = new Connection(settings);
  } catch (error) {
    answer([{ id: openingId, failure: failureOf(error) }]);
    return;
  }
  port.on('message', (requests: readonly WriterRequest[]) => {
    const answers: WriterAnswer[] = [];
    for (const request of requests) {
      const { id } = request;
      try {
        const result = carryOut(connection, request);
        if (id !== undefined) answers.push({ id, result });
      } catch (error) {
        if (id === undefined) connection.order('rollback');
        else answers.push({ id, failure: failureOf(error) });
      }
    }
    if (answers.length > 0) answer(answers);
    if (requests.some((request) => 'order' in request && request.order === 'close')) port.close();
  });
  answer([{ id: openingId, result: { rows: [] } }]);
}

function carryOut(connection: Connection, request: WriterRequest): StatementResult {
  if ('sql' in request) return connection.run(request.sql, request.parameters);
  if (request.order !== 'close') connection.order(request.order);
  else {
    connection.order('rollback');
    connection.close();
  }
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
