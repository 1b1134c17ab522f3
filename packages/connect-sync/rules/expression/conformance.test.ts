/** Expressions as rules of Entra Connect have them: each clause of the language together with the others. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bytesFromGuid } from '@springline/directory/schema';
import { loadRuleSet } from '../out-of-box/load.ts';
import { compileExpression } from './compile.ts';
import { failsAll, givesAll } from './expression-table.ts';
import { parseExpression } from './parser.ts';
import { contextOf, objectOf } from './sample-object.ts';
import { print } from './syntax-tree.ts';
import { DateTime, Reference } from './value.ts';

givesAll([
  ['Mid("Gottlob", 3, 2)', 'tt', 'a part from a position'],
  ['Mid("Gottlob", 9, 2)', 'Gottlob', 'a start beyond the end gives everything'],
  ['Left("", 3)', '', 'nothing stays nothing'],
  ['Left("abc", -1)', 'abc', 'a negative count gives everything'],
  ['Word("a-b;c", 2, "-;")', 'b', 'any delimiter ends a word'],
  ['PadLeft("7", 3, "0")', '007', 'filled up'],
  ['ReplaceChars("Größe", "ö:oe,ß:ss")', 'Groesse', 'characters become texts'],
  ['Join(Split("x|y|z", "|"), "+")', 'x+y+z', 'apart and together'],
  ['BitAnd(&HF0, &H3C) = 48', true, 'hexadecimal numbers'],
  ['IsBitSet(514, 2)', true, 'a flag is a mask'],
  ['2+5*3', 21n, 'operators have one priority'],
  ['2*5+3', 13n, 'from left to right'],
  ['BitAnd(-2147483646, -2147483648) <> 0', true, 'numbers keep their sign'],
  ['BitAnd(34359738368, 34359738368)', 2n ** 35n, 'numbers go beyond 32 bits'],
  ['FormatDateTime(DateFromNum(133801632000000000), "yyyyMMddHHmmss.0Z")', '20250101000000.0Z', 'times of a directory'],
  ['FormatDateTime(CDate("2024-03-05 6:30 PM -5"), "yyyy-MM-dd HH:mm")', '2024-03-05 23:30', 'times with a zone'],
  ['ConvertFromBase64("QWRh", UTF8)', 'Ada', 'an encoding by its name'],
  ['ConvertToBase64("Ada")', 'QQBkAGEA', 'otherwise UTF-16'],
  ['ConvertToUTF8Hex("Ada")', '416461', 'capital hex'],
  ['InStr("banAna", "a", 3, vbBinaryCompare)', 6n, 'case counts'],
  ['InStrRev("banana", "an")', 4n, 'the last hit'],
]);

// How tokens are told apart.
givesAll(
  [
    ['&HF0&"x"', '240x', 'a number ends where its digits end'],
    ['[a]&"-"&[a]', 'Ada-Ada', '& needs no spaces'],
    ['5-3', 2n, 'a minus between values subtracts'],
    ['5 -3', 2n, 'also when it stands at the number'],
    ['5--3', 8n, 'a second one is a sign'],
    ['(5) - (-3)', 8n, 'brackets may hold a negative number'],
    ['1 = 1 = True', true, 'comparisons go from left to right'],
    ['"a" & "b" = "ab"', true, '& binds more than ='],
    ['IIF(True&&True,1,2)', 1n, '&& is read before &'],
    ['"\\\\0ACNF:"', '\\0ACNF:', 'a doubled backslash is one'],
    ['"\\0ACNF:"', '\\0ACNF:', 'a single one stays'],
    ['"say ""hi"""', 'say "hi"', 'a doubled quote is one'],
    ['IIF ( True , "x" ,\n  NULL )', 'x', 'spaces and line ends mean nothing'],
    ['%ADS_UF_ACCOUNTDISABLE%+1', 3n, 'a parameter is a value'],
  ],
  { a: 'Ada' },
);
failsAll([
  ['Not(True)', 'expression-unknown-name', 'there is no Not'],
  ['!True', 'expression-syntax', 'nor a sign for it'],
  ['6/2', 'expression-syntax', 'there is no division'],
  ['iif(True,1,2)', 'expression-unknown-name', 'names have their case'],
  ['“x”', 'expression-syntax', 'quotes are straight'],
  ['- 5', 'expression-syntax', 'a sign stands at its number'],
  ['-[n]', 'expression-syntax', 'there is no negation'],
  ['Mid("abc", 1)', 'expression-wrong-arguments', 'Mid has three arguments'],
  ['Replace(CRef("CN=a"), "a", "b")', 'expression-type-mismatch', 'a reference is no text'],
  ['Switch(True, 1, False)', 'expression-bad-value', 'conditions and values come in pairs'],
]);

const guid = bytesFromGuid('12345678-9abc-def0-1122-334455667788');
const ada = {
  dn: 'CN=Ada\\, L,OU=Dev,OU=EU,DC=corp,DC=example',
  objectGUID: guid,
  sAMAccountName: 'ada',
  userAccountControl: 514n,
  displayName: 'Ada (MSOL)',
  msExchHideFromAddressLists: true,
  mailNickname: 'CAS_{1}',
  pwdLastSet: 133_801_632_000_000_000n,
  description: [' first ', 'second'],
  proxyAddresses: ['smtp:b@x.example', 'SMTP:a@x.example', 'SIP:c@x.example', 'smtp:B@x.example'],
  otherTelephone: ['+49 (30) 1', '+49 (30) 2'],
  groupType: -2147483646n,
  msExchRecipientTypeDetails: 2n ** 31n,
  cloudSourceAnchor: 'eFY0Erya8N4RIjNEVWZ3iA==',
  cloudAnchor: 'User_1',
  sourceObjectType: 'User',
  sourceAnchor: 'eFY0Erya8N4RIjNEVWZ3iA==',
  manager: new Reference('CN=Eve,OU=Dev,DC=corp,DC=example'),
};

// As rules write them.
givesAll(
  [
    ['CBool(InStr(DNComponent(CRef([dn]),1),"\\\\0ACNF:")>0)', false, 'the RDN is looked at for a conflict'],
    ['DNComponent(CRef([dn]),1)', 'Ada, L', 'the value without its type and its escapes'],
    ['DNComponentRev(CRef([dn]),3)', 'EU', 'counted from the right'],
    ['DNComponentRev(CRef([dn]),1,"DC")', 'EU', 'or without the domain'],
    [
      'IIF(IsPresent([isCriticalSystemObject]) || ((InStr([displayName], "(MSOL)") > 0) && (CBool([msExchHideFromAddressLists]))) || (Left([mailNickname], 4) = "CAS_" && (InStr([mailNickname], "}") > 0)), True, NULL)',
      true,
      'tests are chained with groups in brackets',
    ],
    [
      'IIF(IsPresent([userPrincipalName]),[userPrincipalName], IIF(IsPresent([sAMAccountName]),([sAMAccountName]&"@"&%Domain.FQDN%),Error("AccountName is not present")))',
      'ada@corp.example',
      'Error in a branch that is not taken is no error',
    ],
    ['IIF(BitAnd([userAccountControl],2)=0,True,False)', false, 'a flag of the account'],
    ['CBool(BitAnd([userAccountControl],2)) = False', false, 'the same as a truth value'],
    [
      'IIF(IsPresent([pwdLastSet]),CStr(FormatDateTime(DateFromNum([pwdLastSet]),"yyyyMMddHHmmss.0Z")),NULL)',
      '20250101000000.0Z',
      'CStr takes a text',
    ],
    [
      'IIF(IsNullOrEmpty([description]),NULL,Left(Trim(Item([description],1)),448))',
      'first',
      'the first value, trimmed and cut',
    ],
    [
      'RemoveDuplicates(Trim(ImportedValue("proxyAddresses")))',
      ['smtp:b@x.example', 'SMTP:a@x.example', 'SIP:c@x.example'],
      'addresses without doubles',
    ],
    [
      'IIF(IsPresent([proxyAddresses]) = True, Contains([proxyAddresses], "SMTP:") > 0 && InStr(Item([proxyAddresses], Contains([proxyAddresses], "SMTP:")), "@") > 0, IsPresent([mail]) && InStr([mail], "@") > 0)',
      true,
      'a primary address',
    ],
    ['IIF(BitAnd([groupType],%ADS_GROUP_TYPE_SECURITY_ENABLED%)=0,False,True)', true, 'the sign bit of groupType'],
    ['IIF(BitAnd([msExchRecipientTypeDetails], &H21C07000) > 0, True, NULL)', null, 'a mailbox type beyond 32 bits'],
    [
      'IIF(IsString([objectGUID]),CStr([objectGUID]),ConvertToBase64([objectGUID]))',
      'eFY0Erya8N4RIjNEVWZ3iA==',
      'a binary anchor',
    ],
    [
      '"CN={" & ConvertToUTF8Hex([sourceAnchor]) & "}"',
      'CN={6546593045727961384E3452496A4E4556575A3369413D3D}',
      'the DN of a cloud object',
    ],
    [
      'IIF(IsNullOrEmpty([cloudSourceAnchor]), [sourceAnchor], IIF(Word([cloudAnchor],1,"_") = [sourceObjectType] && [cloudSourceAnchor] <> [sourceAnchor], Error("SourceAnchor attribute has changed."), [sourceAnchor]))',
      'eFY0Erya8N4RIjNEVWZ3iA==',
      'the guard of the anchor',
    ],
    [
      'IIF(InStr([proxyAddresses],"SIP:")=1,NULL,[proxyAddresses])',
      ['smtp:b@x.example', 'SMTP:a@x.example', 'smtp:B@x.example'],
      'one value after the other',
    ],
    [
      'Select($item,[otherTelephone],ReplaceChars($item,"(:,):,+:00"))',
      ['0049 30 1', '0049 30 2'],
      'each value with a name',
    ],
    [
      'Where($item,[proxyAddresses],InStr($item,"SMTP:",1,vbTextCompare)=1)',
      ['smtp:b@x.example', 'SMTP:a@x.example', 'smtp:B@x.example'],
      'some of the values',
    ],
    ['With($alias,[mailNickname],IIF(IsPresent($alias),LCase($alias),NULL))', 'cas_{1}', 'a value with a name'],
    [
      'IIF(ValueCount("proxyAddresses")>50000,Error("Maximum Group member count exceeded"),ValueCount("proxyAddresses"))',
      4n,
      'a count without the values',
    ],
    ['"x500:" & [legacyExchangeDN]', 'x500:', 'NULL joins as nothing'],
    ['IIF(IsNullOrEmpty([legacyExchangeDN]), NULL, "x500:" & [legacyExchangeDN])', null, 'so presence is asked first'],
    ['IIF(IsPresent([manager]), CStr([manager]), NULL)', 'CN=Eve,OU=Dev,DC=corp,DC=example', 'a reference as a text'],
    [
      'Switch([sourceObjectType] = "Contact", "c", [sourceObjectType] = "User", "u", True, Error("unknown type"))',
      'u',
      'Error as the last value is reached only there',
    ],
  ],
  ada,
);

test('every expression of the standard rules reads the same when it is printed and parsed again', () => {
  const texts = loadRuleSet().rules.flatMap(({ flows }) =>
    flows.flatMap(({ source }) => (source.kind === 'expression' ? [source.expression.text] : [])),
  );
  assert.ok(texts.length > 100);
  for (const text of new Set(texts)) {
    const printed = print(parseExpression(text));
    assert.equal(print(parseExpression(printed)), printed);
    assert.deepEqual(compileExpression(printed).dependencies, compileExpression(text).dependencies);
  }
});

test('a date-time lives inside expressions: it is compared, moved and written', () => {
  const gives = (text: string): unknown => compileExpression(text).evaluate(objectOf({}), contextOf());
  assert.ok(gives('Now()') instanceof DateTime);
  assert.equal(gives('DateAdd("m", 1, CDate("2024-01-31")) = CDate("2024-02-29")'), true);
  assert.equal(gives('DateAdd("d", -30, Now()) < Now()'), true);
  assert.equal(gives('NumFromDate(CDate("2025-01-01"))'), 133_801_632_000_000_000n);
});
