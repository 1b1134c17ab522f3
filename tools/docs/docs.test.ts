/** The documents against the code and against each other. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { resultCodes } from '@springline/auto-upgrade/eligibility/result-code';
import { brokenLinks, reachableFrom } from './broken-links.ts';
import {
  actionMeanings,
  agentCodes,
  choiceCodes,
  controlPlaneCodes,
  counterMeanings,
  eventMeanings,
  keyCodes,
  noticeCodes,
  objectFaults,
  portalCodes,
  publishCodes,
  ruleCodes,
  scimTypes,
  stepResultMeanings,
} from './codes.ts';
import { readDocuments, repository } from './documents.ts';
import { errorSections } from './errors-page.ts';
import { faultsOfExamples } from './examples.ts';
import { outdatedPages } from './generate.ts';
import { commandsIn, faultOfCommand } from './shown-commands.ts';
import {
  auditActions,
  errorCodes,
  type Found,
  loggedEvents,
  stepCounters,
  stepResults,
  upgradeResults,
  wordsInSources,
} from './source-codes.ts';

const documents = readDocuments();

test('the pages made from code say what the code says now', () => {
  assert.deepEqual(outdatedPages(), [], 'run: npx node tools/docs/generate.ts');
});

test('every link between documents leads to a file and a heading that are there', () => {
  assert.deepEqual(brokenLinks(documents, repository), []);
});

test('every page of docs/ is reached from its index or from the front page', () => {
  const reached = new Set(['docs/README.md', 'README.md'].flatMap((start) => [...reachableFrom(start, documents)]));
  const pages = [...documents.keys()].filter((path) => path.startsWith('docs/'));
  assert.deepEqual(
    pages.filter((path) => !reached.has(path)),
    [],
  );
});

test('every error code that a program says is documented', () => {
  const documented = new Set(Object.values(errorSections).flatMap((section) => Object.keys(section)));
  assert.deepEqual(missingFrom(documented, wordsInSources(errorCodes)), []);
});

test('every error code that is documented by hand is said by some program', () => {
  const said = wordsInSources(errorCodes);
  const ofHosts = [agentCodes, choiceCodes, keyCodes, publishCodes];
  const byHand = [...ofHosts, controlPlaneCodes, noticeCodes, portalCodes, ruleCodes, scimTypes, objectFaults];
  assert.deepEqual(neverSaid(byHand.flatMap(Object.keys), said), []);
});

for (const { what, said, documented } of [
  { what: 'step results', said: wordsInSources(stepResults), documented: stepResultMeanings },
  { what: 'counters', said: wordsInSources(stepCounters), documented: counterMeanings },
  { what: 'log events', said: loggedEvents(), documented: eventMeanings },
  { what: 'upgrade results', said: wordsInSources(upgradeResults), documented: resultCodes },
  { what: 'audit actions', said: wordsInSources(auditActions), documented: actionMeanings },
]) {
  test(`the documented ${what} are those that the programs say`, () => {
    assert.ok(said.size > 0, 'the sources were found');
    assert.deepEqual(missingFrom(new Set(Object.keys(documented)), said), []);
    assert.deepEqual(neverSaid(Object.keys(documented), said), []);
  });
}

test('every command that a document shows is one of the command line, with these options', async () => {
  const faults: string[] = [];
  let shown = 0;
  for (const [path, markdown] of documents) {
    for (const command of commandsIn(markdown)) {
      shown += 1;
      const fault = await faultOfCommand(command);
      if (fault !== undefined) faults.push(`${path}:${command.line}: springline ${command.words.join(' ')}: ${fault}`);
    }
  }
  assert.deepEqual(faults, []);
  assert.ok(shown > 0, 'commands were found');
});

test('every rule file, consent file and configuration that a document shows can be loaded', () => {
  assert.deepEqual(
    [...documents].flatMap(([path, markdown]) => faultsOfExamples(path, markdown)),
    [],
  );
});

function missingFrom(documented: ReadonlySet<string>, said: Found): readonly string[] {
  return [...said].filter(([word]) => !documented.has(word)).map(([word, path]) => `${word} of ${path}`);
}

function neverSaid(documented: readonly string[], said: Found): readonly string[] {
  return documented.filter((word) => !said.has(word));
}
