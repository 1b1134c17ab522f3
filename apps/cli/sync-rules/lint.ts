/** `sync rules lint`: what is wrong or odd in rule files, with file, line, column and what may have been meant. */
import { RuleError, type RulePlace, RuleSetError } from '@springline/connect-sync/rules/error';
import { checkRules } from '@springline/connect-sync/rules/lint/check-rules';
import { loadRuleSet, outOfBoxRuleFiles, type RuleFile } from '@springline/connect-sync/rules/out-of-box/load';
import { parseRuleFile, type RuleFileContents } from '@springline/connect-sync/rules/parse';
import type { Command } from 'commander';
import { homeCommand } from '../home-command.ts';
import { CommandError, oneLine, print, printJson, red, yellow } from '../output.ts';
import { ownRuleFiles, ruleFilesIn } from './rule-files.ts';

interface LintFinding {
  readonly severity: 'error' | 'warning';
  readonly code: string;
  /** Absent for what concerns rules of several files. */
  readonly file?: string;
  readonly line?: number;
  readonly column?: number;
  readonly rule?: string;
  readonly message: string;
}

export function registerLint(rules: Command): void {
  homeCommand(rules, 'lint', 'look for faults in rule files; exit code 1 when there is an error', [
    'sync rules lint',
    'sync rules lint ./my-rules',
    'sync rules lint joins.yaml flows.yaml --json',
  ])
    .argument('[paths...]', 'rule files or folders; the own rules of the home when there is none')
    .action((paths: readonly string[], { home, json }: { readonly home: string; readonly json?: boolean }) => {
      const files = paths.length === 0 ? ownRuleFiles({ home }) : paths.flatMap(ruleFilesIn);
      if (paths.length > 0 && files.length === 0) throw new CommandError('there is no rule file in what was named');
      const findings = lintFiles(files);
      const errors = findings.filter(({ severity }) => severity === 'error').length;
      if (json === true) printJson({ files: files.length, errors, warnings: findings.length - errors, findings });
      else print(describe(findings, files.length, errors));
      if (errors > 0) process.exitCode = 1;
    });
}

/** Every file is read, however many have a fault; rules are held against each other when none has. */
export function lintFiles(files: readonly RuleFile[]): readonly LintFinding[] {
  const contents: RuleFileContents[] = [];
  const faults: LintFinding[] = [];
  for (const { name, text } of files) {
    try {
      contents.push(parseRuleFile(text, name));
    } catch (error) {
      faults.push(faultFrom(error));
    }
  }
  if (faults.length > 0) return faults;
  const found = findingsAmong(contents);
  // Contradictions that no check above looks for, as a name given twice.
  if (!found.some(({ severity }) => severity === 'error')) {
    try {
      loadRuleSet(files);
    } catch (error) {
      return [faultFrom(error), ...found];
    }
  }
  return found;
}

/** About the files alone: what comes with the product is only what they are held against. */
function findingsAmong(own: readonly RuleFileContents[]): readonly LintFinding[] {
  const standard = outOfBoxRuleFiles.map(({ name, text }) => parseRuleFile(text, name, { standard: true }));
  const off = new Set(own.flatMap(({ disable }) => disable.map(({ rule }) => rule)));
  const ownRules = own.flatMap(({ rules }) => rules);
  const rules = [...standard.flatMap((file) => file.rules), ...ownRules]
    .filter((rule) => !rule.disabled && !(rule.standard && (off.has(rule.id) || off.has(rule.name))))
    .sort((a, b) => a.precedence - b.precedence);
  const places = new Map<object, RulePlace>([...standard, ...own].flatMap((file) => [...file.places]));
  const ownNames = new Set(ownRules.map(({ name }) => name));
  return checkRules(rules, places)
    .filter(({ rule }) => ownNames.has(rule))
    .map(({ severity, code, rule, message, place }) => ({ severity, code, rule, message, ...place }));
}

/** Anything but a fault in the files is ours. */
function faultFrom(error: unknown): LintFinding {
  if (!(error instanceof RuleError || error instanceof RuleSetError)) throw error;
  const { code } = error;
  const [, file, line, column, message] = /^(.*?):(\d+):(\d+): (.*)$/s.exec(error.message) ?? [];
  if (error instanceof RuleError) {
    const place = { file: error.file, line: error.line, column: error.column };
    return {
      severity: 'error',
      code,
      ...place,
      message: error.message.slice(`${place.file}:${place.line}:${place.column}: `.length),
    };
  }
  if (file === undefined || message === undefined) return { severity: 'error', code, message: error.message };
  return { severity: 'error', code, file, line: Number(line), column: Number(column), message };
}

function describe(findings: readonly LintFinding[], files: number, errors: number): string {
  const sum = `${counted(files, 'file')}: ${counted(errors, 'error')}, ${counted(findings.length - errors, 'warning')}`;
  return findings.length === 0 ? sum : `${describeFindings(findings)}\n${sum}`;
}

/** One line for each. */
export function describeFindings(findings: readonly LintFinding[]): string {
  return findings
    .map(({ severity, code, file, line, column, rule, message }) => {
      const place = file === undefined ? '' : `${file}:${line}:${column}: `;
      const word = severity === 'error' ? red('error') : yellow('warning');
      return `${place}${word}: ${rule === undefined ? '' : `“${oneLine(rule)}”: `}${oneLine(message)} [${code}]`;
    })
    .join('\n');
}

function counted(count: number, word: string): string {
  return `${count} ${word}${count === 1 ? '' : 's'}`;
}
