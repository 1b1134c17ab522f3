import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { checkRules } from '../lint/check-rules.ts';
import { loadRuleSet } from '../out-of-box/load.ts';
import { parseRuleFile } from '../parse.ts';

const templates = readdirSync(import.meta.dirname)
  .filter((name) => name.endsWith('.yaml'))
  .map((name) => ({ name, text: readFileSync(`${import.meta.dirname}/${name}`, 'utf8') }));

test('there are templates for the usual cases', () => {
  assert.deepEqual(
    templates.map(({ name }) => name),
    [
      'account-resource-forest.yaml',
      'alternate-sign-in.yaml',
      'filter-by-attribute.yaml',
      'gal-contacts.yaml',
      'hr-csv-only.yaml',
      'hr-csv.yaml',
      'match-by-mail.yaml',
      'pilot-group.yaml',
    ],
  );
});

for (const template of templates) {
  test(`the template ${template.name} starts beside the standard rules, and no check finds anything`, () => {
    const set = loadRuleSet([template]);
    assert.deepEqual(checkRules(set.rules, set.places), []);
    assert.ok(set.rules.some(({ standard }) => !standard));
  });

  test(`the template ${template.name} says at its head what it is for`, () => {
    assert.match(template.text, /^# Template: /);
    assert.ok(parseRuleFile(template.text, template.name).rules.length > 0);
  });
}
