/**
 * One process of the bench `engine`: a generated directory through import and synchronisation, again unchanged, again
 * with 1 % changed, and evaluated again after a rule changed. Prints what each took as JSON: `run-engine.ts FOLDER OBJECTS`.
 */
import { join } from 'node:path';
import { EngineOnFile, taken } from './engine-on-file.ts';
import { baseDn, GeneratedDirectory, RecordedDirectory } from './generated-directory.ts';

const [folder = '', objects = '0'] = process.argv.slice(2);
const count = Number(objects);
const [whole, changed] = [join(folder, 'whole.bin'), join(folder, 'changed.bin')];
await new GeneratedDirectory(count).writeTo(whole);
await new GeneratedDirectory(count, 100).writeTo(changed);

/** Of the rule that is added: it touches one attribute of every person. */
const ownRule = `
rules:
  - name: Promoted people
    precedence: 50
    direction: inbound
    connectorKind: active-directory
    sourceObjectType: user
    targetObjectType: person
    linkType: Join
    flows:
      - target: department
        expression: 'IIF([title] = "Promoted", "Board", Trim([department]))'
`;

const bench = new EngineOnFile(join(folder, 'state.db'), 'active-directory', baseDn);
const first = await taken(() => bench.cycle(new RecordedDirectory(whole)));
const unchanged = await taken(() => bench.cycle(new RecordedDirectory(whole)));
const onePercent = await taken(() => bench.cycle(new RecordedDirectory(changed)));
bench.useRules([{ name: 'own.yaml', text: ownRule }]);
const ruleChange = await taken(() => bench.synchronise());
const pending = bench.store.countPendingExports(bench.engine.cloud.connector);
bench.store.close();
process.stdout.write(`${JSON.stringify({ first, unchanged, onePercent, ruleChange, pending })}\n`);
