/**
 * YAML that documents show: rule files, tests of rules, consent files, configurations of Connect Sync. Each is read by the code that
 * reads the real ones, so that whoever copies an example starts from one that works.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadConfiguration } from '@springline/agent/components/connect-sync/configuration';
import { loadConsent } from '@springline/agent/consent';
import { loadRuleSet } from '@springline/connect-sync/rules/out-of-box/load';
import { parseRuleTests } from '@springline/connect-sync/rules/trial/rule-test';
import { codeBlocksIn } from './markdown.ts';

/** The first fault of each YAML block, with its place; a block that is none of these is a fault as well. */
export function faultsOfExamples(path: string, markdown: string): readonly string[] {
  return codeBlocksIn(markdown)
    .filter(({ language }) => language === 'yaml')
    .flatMap(({ text, line }) => {
      try {
        readExample(text);
        return [];
      } catch (error) {
        return [`${path}:${line}: ${(error as Error).message}`];
      }
    });
}

function readExample(text: string): void {
  if (/^rules:/m.test(text)) loadRuleSet([{ name: 'example.yaml', text }]);
  else if (/^tests:/m.test(text)) parseRuleTests(text, 'example.yaml');
  else if (/^version: 1$/m.test(text)) withFile(text, loadConsent);
  else if (/^connectors?:/m.test(text)) withFile(text, loadConfiguration);
  else
    throw new Error('neither a rule file, nor tests of rules, nor a consent file, nor a configuration of Connect Sync');
}

function withFile(text: string, read: (path: string) => unknown): void {
  const folder = mkdtempSync(join(tmpdir(), 'springline-docs-'));
  try {
    const path = join(folder, 'example.yaml');
    writeFileSync(path, text, { mode: 0o600 });
    read(path);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
