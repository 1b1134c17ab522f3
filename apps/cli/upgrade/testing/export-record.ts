/**
 * What the control plane of a home recorded about exports: the answer to each batch that it carried out. A batch that
 * was sent again is answered from the record and adds nothing here, so this is what really happened.
 */
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

export interface ExportRecord {
  readonly created: number;
  readonly updated: number;
  readonly deleted: number;
  readonly failed: number;
  /** Operations that asked for what was so already: exported once more than needed. */
  readonly unchanged: number;
  /** Anchors that were created more than once. */
  readonly createdTwice: readonly string[];
}

interface Result {
  readonly sourceAnchor: string;
  readonly status: 'created' | 'updated' | 'unchanged' | 'deleted' | 'failed';
}

export function exportRecord(home: string): ExportRecord {
  const database = new DatabaseSync(join(home, 'control-plane', 'springline.db'), { readOnly: true });
  const rows = database.prepare('SELECT answer FROM directory_export_batches').all() as { answer: string }[];
  database.close();
  const results = rows.flatMap(({ answer }) => JSON.parse(answer) as Result[]);
  const count = (wanted: Result['status']): number => results.filter(({ status }) => status === wanted).length;
  const created = results.filter(({ status }) => status === 'created').map(({ sourceAnchor }) => sourceAnchor);
  return {
    created: created.length,
    updated: count('updated'),
    deleted: count('deleted'),
    failed: count('failed'),
    unchanged: count('unchanged'),
    createdTwice: created.filter((anchor, at) => created.indexOf(anchor) !== at),
  };
}
