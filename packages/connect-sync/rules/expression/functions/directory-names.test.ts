import { failsAll, givesAll } from '../expression-table.ts';
import { Reference } from '../value.ts';

const values = {
  dn: 'CN=Ada,OU=Dev,OU=EU,DC=corp,DC=example',
  reference: new Reference('CN=Hale\\, Robert,OU=Dev,DC=example'),
  members: [new Reference('CN=Ada,DC=example'), new Reference('CN=Eve,DC=example')],
};

givesAll(
  [
    ['DNComponent(CRef([dn]), 1)', 'Ada', 'counted from the left, without the type'],
    ['DNComponent(CRef([dn]), 3)', 'EU', 'any level'],
    ['DNComponent([reference], 1)', 'Hale, Robert', 'without escapes'],
    ['DNComponent(CRef([dn]), 6)', null, 'beyond the last'],
    ['DNComponent(CRef("CN=a+OU=b,DC=c"), 1)', 'a', 'the first value of several'],
    ['DNComponent(CRef("CN=#0401ff"), 1)', '#0401ff', 'a value that is no text'],
    ['DNComponent([members], 1)', ['Ada', 'Eve'], 'mapped over references'],
    ['DNComponent([absent], 1)', null, 'NULL stays NULL'],
    ['DNComponentRev(CRef([dn]), 1)', 'example', 'counted from the right'],
    ['DNComponentRev(CRef([dn]), 3)', 'EU', 'any level'],
    ['DNComponentRev(CRef([dn]), 1, "DC")', 'EU', 'domain components do not count'],
    ['DNComponentRev(CRef("cn=a,dc=b"), 1, "DC")', 'a', 'in any case'],
    ['DNComponentRev(CRef([dn]), 6)', null, 'beyond the last'],
    ['DNComponentRev([absent], 1)', null, 'NULL stays NULL'],
    ['EscapeDNComponent("Hale, Robert")', 'Hale\\, Robert', 'separators are escaped'],
    ['EscapeDNComponent(" #a\\\\b ")', '\\ #a\\\\b\\ ', 'spaces at the ends and backslashes too'],
    ['EscapeDNComponent("plain")', 'plain', 'what needs nothing stays'],
    ['EscapeDNComponent([absent])', null, 'NULL stays NULL'],
  ],
  values,
);

failsAll(
  [
    ['DNComponent([dn], 1)', 'expression-type-mismatch', 'a text needs CRef'],
    ['DNComponent(CRef([dn]), 0)', 'expression-out-of-range', 'components are counted from 1'],
    ['DNComponent(CRef("no dn"), 1)', 'expression-bad-value', 'the text is no DN'],
    ['DNComponentRev(CRef([dn]), 1, "OU")', 'expression-bad-value', 'only domain components can be skipped'],
  ],
  values,
);
