import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { temporaryFolder } from '@springline/control-plane/testing/running-control-plane';
import { type Finished, runCli, springline } from '../testing/running-up.ts';

const contoso = `rules:
  - name: In from AD - User Contoso
    precedence: 50
    direction: inbound
    connectorKind: active-directory
    sourceObjectType: user
    targetObjectType: person
    linkType: Join
    flows:
      - { target: department, expression: 'UCase(Trim([department]))' }
`;
const tests = `tests:
  - name: departments are in capitals
    connectorKind: active-directory
    objectType: user
    attributes: { objectGUID: { base64: AQIDBAUGBwgJCgsMDQ4PEA== }, sAMAccountName: ada, userAccountControl: 512, department: sales }
    expect: { metaverse: { department: SALES } }
`;

/** A folder of own rules with their tests. */
function ownRules(t: TestContext, rules = contoso): string {
  const folder = join(temporaryFolder(t), 'rules');
  mkdirSync(join(folder, 'tests'), { recursive: true });
  writeFileSync(join(folder, 'contoso.yaml'), rules);
  writeFileSync(join(folder, 'tests', 'contoso.yaml'), tests);
  return folder;
}

const rules = (...words: readonly string[]): Promise<Finished> => runCli(['sync', 'rules', ...words]);

test('an expression is answered by one line, and an error ends with 1', async (t) => {
  const attributes = join(temporaryFolder(t), 'ada.json');
  writeFileSync(attributes, '{"department":" sales ","uSNChanged":9007199254740993}');
  const answer = await rules('eval', 'UCase(Trim([department])) & CStr([uSNChanged])', '--attrs', attributes);
  assert.deepEqual(answer, { code: 0, output: '{"value":"SALES9007199254740993"}\n', errors: '' });
  const failed = await rules('eval', '1 + CNum([department])', '--attrs', attributes);
  assert.deepEqual([failed.code, failed.errors], [1, '']);
  assert.deepEqual(
    { ...JSON.parse(failed.output), message: '' },
    { error: 'runtime', message: '', column: 5, code: 'expression-bad-value' },
  );
  const misused = await rules('eval', '[a]', '--attrs', join(attributes, 'none'));
  assert.deepEqual([misused.code, misused.output], [2, '']);
});

test('a batch is answered line by line; one that holds no case ends with 1', async () => {
  const batch = async (input: string): Promise<readonly [number | null, readonly string[]]> => {
    const child = spawn(process.execPath, [springline, 'sync', 'rules', 'eval', '--batch'], { stdio: 'pipe' });
    child.stdin.end(input);
    const output: Buffer[] = [];
    child.stdout.on('data', (piece: Buffer) => output.push(piece));
    const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
    return [code, Buffer.concat(output).toString('utf8').trimEnd().split('\n')];
  };
  const sound = Array.from({ length: 20_000 }, (_, at) => `{"expression":"[a] * 2","attributes":{"a":${at}}}\n`);
  const [code, answers] = await batch(sound.join(''));
  assert.equal(code, 0);
  assert.deepEqual(
    answers,
    sound.map((_, at) => `{"value":${at * 2}}`),
  );
  const [failingCode, [failing]] = await batch('{"expression":"("}\n');
  assert.deepEqual([failingCode, JSON.parse(failing!).error], [0, 'parse']);
  const [brokenCode, [broken, next]] = await batch('{\n{"expression":"True"}\n');
  assert.deepEqual([brokenCode, JSON.parse(broken!).error, next], [1, 'input', '{"value":true}']);
});

test('rules are listed with where they come from, and shown with all their fields', async (t) => {
  const folder = ownRules(t);
  const listed = await rules(
    'list',
    '--rules',
    folder,
    '--attribute',
    'DEPARTMENT',
    '--type',
    'user',
    '--direction',
    'inbound',
    '--json',
  );
  const names = (JSON.parse(listed.output).rules as { name: string; standard: boolean }[]).map(({ name, standard }) => [
    name,
    standard,
  ]);
  assert.deepEqual(names.slice(0, 1), [['In from AD - User Contoso', false]]);
  assert.ok(names.slice(1).length > 0 && names.slice(1).every(([, standard]) => standard === true));
  const custom = await rules('list', '--rules', folder, '--custom');
  assert.match(
    custom.output,
    /^PRECEDENCE .*\n50 +inbound +active-directory +user -> person +Join +1 +own +In from AD - User Contoso\n$/,
  );
  const shown = await rules('show', 'in from ad - user contoso', '--rules', folder);
  assert.match(shown.output, /department +UCase\(Trim\(\[department\]\)\)\n$/);
  assert.equal((await rules('show', 'In from AD - User Contoso', '--rules', folder, '--yaml')).output, contoso);
  const unknown = await rules('show', 'In from AD - User Contosso', '--rules', folder);
  assert.deepEqual(
    [unknown.code, unknown.errors],
    [1, 'springline: there is no rule “In from AD - User Contosso”; did you mean “In from AD - User Contoso”?\n'],
  );
});

test('faults in rule files are told with their place and what was meant, in all files at once', async (t) => {
  const folder = ownRules(t, contoso.replace('linkType: Join', 'linkType: Joyn'));
  writeFileSync(join(folder, 'more.yaml'), contoso.replace('UCase(', 'Ucase('));
  const { code, output } = await rules('lint', folder);
  const lines = output.trimEnd().split('\n');
  assert.equal(code, 1);
  assert.equal(lines.length, 3);
  assert.match(lines[0]!, /contoso\.yaml:8:15: error: Joyn is none of .*; did you mean Join\? \[rule-malformed\]$/);
  assert.match(lines[1]!, /more\.yaml:10:43: error: in the expression, character 1: .*UCase.* \[rule-malformed\]$/);
  assert.equal(lines[2], '2 files: 2 errors, 0 warnings');
});

test('rules that contradict each other are an error of the lint, and sound ones are none', async (t) => {
  const folder = ownRules(t);
  assert.deepEqual(await rules('lint', folder), { code: 0, output: '1 file: 0 errors, 0 warnings\n', errors: '' });
  writeFileSync(join(folder, 'more.yaml'), contoso.replace('Contoso', 'Other'));
  const { code, output } = await rules('lint', folder, '--json');
  const { findings, errors } = JSON.parse(output);
  assert.deepEqual([code, errors], [1, 1]);
  assert.deepEqual(findings[0].code, 'rule-set-contradiction');
  assert.match(findings[0].message, /have the same precedence 50/);
});

test('tests of rules pass or say what is otherwise', async (t) => {
  const folder = ownRules(t);
  assert.deepEqual(await rules('test', '--rules', folder), { code: 0, output: '1 passed, 0 failed\n', errors: '' });
  writeFileSync(join(folder, 'contoso.yaml'), contoso.replace('UCase', 'LCase'));
  const file = join(folder, 'tests', 'contoso.yaml');
  const { code, output } = await rules('test', file, '--rules', folder);
  assert.equal(code, 1);
  assert.equal(
    output,
    [
      `failed  departments are in capitals  (${file}:2)`,
      '    metaverse.department',
      '      expected  "SALES"',
      '      is        "sales"  by “In from AD - User Contoso”',
      '0 passed, 1 failed',
      '',
    ].join('\n'),
  );
});

test('two folders of rules are compared by rule and flow; nothing that differs ends with 0', async (t) => {
  const [before, after] = [ownRules(t), ownRules(t, contoso.replace('UCase', 'LCase'))];
  assert.equal((await rules('diff', before, before)).code, 0);
  const { code, output } = await rules('diff', before, after, '--json');
  assert.equal(code, 1);
  const { added, removed, changed } = JSON.parse(output);
  assert.deepEqual([added, removed], [[], []]);
  assert.deepEqual(changed, [
    {
      name: 'In from AD - User Contoso',
      fields: [],
      flows: [
        {
          target: 'department',
          kind: 'changed',
          before: 'UCase(Trim([department]))',
          after: 'LCase(Trim([department]))',
        },
      ],
    },
  ]);
  assert.equal((await rules('diff', before)).code, 2);
});

test('the rules of the product are written to start from, never over a file, and are no different from themselves', async (t) => {
  const folder = join(temporaryFolder(t), 'standard');
  assert.equal((await rules('export', '--standard', '--to', folder, '--dry-run')).code, 0);
  assert.equal(existsSync(folder), false);
  assert.equal((await rules('export', '--standard', '--to', folder)).code, 0);
  assert.equal((await rules('export', '--standard', '--to', folder)).code, 1);
  assert.equal((await rules('diff', '--against-standard', folder)).code, 0);
});

test('rules come into a home only when they are sound beside those that are there', async (t) => {
  const home = temporaryFolder(t);
  const written = join(home, 'agent', 'connect-sync', 'rules', 'contoso.yaml');
  assert.equal((await rules('import', ownRules(t), '--home', home, '--dry-run')).code, 0);
  assert.equal(existsSync(written), false);
  assert.equal((await rules('import', ownRules(t), '--home', home)).code, 0);
  assert.equal(readFileSync(written, 'utf8'), contoso);
  const other = join(temporaryFolder(t), 'other.yaml');
  writeFileSync(other, contoso.replace('Contoso', 'Other'));
  const refused = await rules('import', other, '--home', home);
  assert.equal(refused.code, 1);
  assert.match(refused.errors, /^springline: nothing was written:\n.*have the same precedence 50/);
  assert.match(
    (await rules('import', ownRules(t), '--home', home)).errors,
    /is there already; --replace overwrites it/,
  );
  assert.equal((await rules('import', ownRules(t), '--home', home, '--replace')).code, 0);
  assert.match((await rules('list', '--custom', '--home', home)).output, /In from AD - User Contoso/);
});

test('a template is written to a new file, and comes into a home as it is', async (t) => {
  const home = temporaryFolder(t);
  const file = join(home, 'pilot.yaml');
  const listed = JSON.parse((await rules('new', '--json')).output).templates as { name: string; purpose: string }[];
  assert.ok(listed.some(({ name, purpose }) => name === 'pilot-group' && purpose.includes('group')));
  assert.equal((await rules('new', 'pilot-group', '--to', file, '--dry-run')).code, 0);
  assert.equal(existsSync(file), false);
  assert.equal((await rules('new', 'pilot-group', '--to', file)).code, 0);
  assert.equal((await rules('new', 'pilot-group', '--to', file)).code, 1);
  assert.match((await rules('new', 'pilot-grup')).errors, /did you mean pilot-group\?/);
  assert.equal((await rules('import', file, '--home', home)).code, 0);
});
