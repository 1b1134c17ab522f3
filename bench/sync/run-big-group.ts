/**
 * One process of the bench `bigroup`: a group of many members in the engine, to which one member is added as Active
 * Directory tells it. Prints what the engine did about it as JSON: `run-big-group.ts FOLDER MEMBERS`.
 */
import { join } from 'node:path';
import type { ExportOperation } from '@springline/connect-sync/export/operations';
import { Counters } from '@springline/connect-sync/run-profile/engine';
import { exportPending } from '@springline/connect-sync/run-profile/export';
import { DirectoryImport } from '@springline/connect-sync/run-profile/import-directory';
import { synchronise } from '@springline/connect-sync/run-profile/synchronise';
import { encodeEntry } from '@springline/directory/attribute-list/encode';
import type { AttributeValue } from '@springline/directory/entry';
import type { ImportSink } from '@springline/directory/source';
import { EngineOnFile, everything, taken } from './engine-on-file.ts';
import { baseDn } from './generated-directory.ts';

const [folder = '', wanted = '0'] = process.argv.slice(2);
const members = Number(wanted);
const changes = 20;
const { signal } = new AbortController();
const bench = new EngineOnFile(join(folder, 'state.db'), 'active-directory', baseDn);
const { engine, directory, store } = bench;
const groupDn = `CN=Everybody,${baseDn}`;

const personDn = (n: number): string => `CN=p${n},OU=People,${baseDn}`;
const guid = (kind: number, n: number): Uint8Array => {
  const bytes = Buffer.alloc(16);
  bytes.writeUInt32BE(Math.imul(n, 0x9e3779b1) >>> 0, 0);
  bytes.writeUInt32BE(kind, 8);
  bytes.writeUInt32BE(n, 12);
  return bytes;
};
const entry = (dn: string, attributes: Record<string, readonly AttributeValue[]>): ReturnType<typeof encodeEntry> =>
  encodeEntry({ dn, attributes: new Map(Object.entries(attributes)) });

async function everybody(sink: ImportSink): Promise<void> {
  for (let n = 0; n < members + changes; n++) {
    sink.entry(
      entry(personDn(n), {
        objectClass: ['top', 'person', 'organizationalPerson', 'user'],
        objectGUID: [guid(1, n)],
        cn: [`p${n}`],
        sAMAccountName: [`p${n}`],
        userAccountControl: ['512'],
      }),
    );
    if (n % 1_000 === 0) await new Promise(setImmediate);
  }
  const all = Array.from({ length: members }, (_, n) => personDn(n));
  sink.entry(
    entry(groupDn, {
      objectClass: ['top', 'group'],
      objectGUID: [guid(2, 0)],
      cn: ['Everybody'],
      sAMAccountName: ['Everybody'],
      groupType: ['-2147483646'],
      member: all,
    }),
  );
}

/** Sends nothing; every operation counts as carried out. */
const sent: ExportOperation[] = [];
const send = async (operations: readonly ExportOperation[]): Promise<{ sourceAnchor: string; status: 'updated' }[]> => {
  sent.push(...operations);
  return operations.map(({ sourceAnchor }) => ({ sourceAnchor, status: 'updated' as const }));
};

const load = await taken(async () => {
  await bench.cycle({
    read: async (_request, sink) => {
      await everybody(sink);
      return { unmentionedAreGone: true };
    },
  });
  await exportPending(engine, send, new Counters(), signal);
});

const times: number[] = [];
const operations: ExportOperation[][] = [];
for (let n = 0; n < changes; n++) {
  sent.length = 0;
  const { cpuSeconds } = await taken(async () => {
    const run = new DirectoryImport(engine, directory, everything, new Counters(), 'delta');
    run.changes(entry(groupDn, { objectGUID: [guid(2, 0)], 'member;range=1-1': [personDn(members + n)] }));
    run.page(Buffer.from(String(n)));
    run.finish({ unmentionedAreGone: false });
    await synchronise(engine, directory.connector, new Counters(), signal);
    await exportPending(engine, send, new Counters(), signal);
  });
  times.push(cpuSeconds);
  operations.push([...sent]);
}
store.close();
const references = operations.map((found) =>
  found.flatMap((operation) =>
    'references' in operation && operation.references !== undefined
      ? Object.values(operation.references).flatMap(({ add, remove }) => [...add, ...remove])
      : [],
  ),
);
times.sort((a, b) => a - b);
process.stdout.write(
  `${JSON.stringify({ load, cpuSeconds: times[Math.floor(changes / 2)], references: references.map(({ length }) => length) })}\n`,
);
