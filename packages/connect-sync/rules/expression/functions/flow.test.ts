import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ExpressionError } from '../error.ts';
import { evaluate, failsAll, givesAll } from '../expression-table.ts';
import { Reference } from '../value.ts';

const values = {
  mails: ['SMTP:a', 'smtp:b', 'smtp:a'],
  phones: ['1', '2'],
  title: 'Engineer',
  manager: new Reference('CN=Ada'),
};

givesAll(
  [
    ['IIF(True, "a", Error("not reached"))', 'a', 'the other branch is not evaluated'],
    ['IIF(False, Error("not reached"), "b")', 'b', 'whichever it is'],
    ['IIF([absent], "a", "b")', 'b', 'NULL counts as False'],
    ['IIF(IsPresent([absent]), BitAnd([absent], 2) > 0, NULL)', null, 'a guard protects what follows'],
    ['IIF(True, [manager], NULL)', values.manager, 'a branch may be of any type'],
    ['Switch([title] = "x", 1, [title] = "Engineer", 2, True, 3)', 2n, 'the first condition that is True'],
    ['Switch(False, 1)', null, 'none is True'],
    ['Switch(True, NULL, True, 2)', null, 'the value may be NULL'],
    ['Switch([absent], 1, True, 2)', 2n, 'NULL counts as False'],
    ['Switch([title] = "Engineer", "x", True, Error("unknown"))', 'x', 'values that are not chosen are not evaluated'],
    ['Select($m, [mails], LCase($m))', ['smtp:a', 'smtp:b', 'smtp:a'], 'a result for each value'],
    ['Select($m, [mails], IIF($m = "smtp:b", NULL, $m))', ['SMTP:a', 'smtp:a'], 'NULL is left out'],
    [
      'Select($m, [mails], $m & [title])',
      ['SMTP:aEngineer', 'smtp:bEngineer', 'smtp:aEngineer'],
      'with other attributes',
    ],
    ['Select($m, [title], $m)', ['Engineer'], 'a single value is a collection of one'],
    ['Select($m, [absent], $m)', null, 'NULL has no values'],
    ['Select($m, Split("a,b", ","), Split($m & ";x", ";"))', ['a', 'x', 'b', 'x'], 'collections are joined to one'],
    ['Select($a, [phones], Select($b, [phones], $a & $b))', ['11', '12', '21', '22'], 'Select may be nested'],
    [
      'Select($a, [phones], Select($a, [mails], $a))',
      [...values.mails, ...values.mails],
      'an inner variable hides an outer',
    ],
    [
      'Select($a, [phones], $a & [mails])',
      ['1SMTP:a', '1smtp:b', '1smtp:a', '2SMTP:a', '2smtp:b', '2smtp:a'],
      'an attribute is mapped within',
    ],
    ['Select($m, Trim([mails]), Len($m))', [6n, 6n, 6n], 'over an expression'],
    ['Count(Select($m, [mails], $m))', 3n, 'as an argument'],
    ['Where($m, [mails], InStr($m, "smtp:") = 1)', ['smtp:b', 'smtp:a'], 'the values that fit'],
    ['Where($m, [mails], $m = "x")', null, 'none fits'],
    ['Where($m, [mails], NULL)', null, 'NULL counts as False'],
    ['Where($m, [absent], True)', null, 'NULL has no values'],
    ['Where($m, [mails], Contains([phones], Right($m, 1)) = 0)', values.mails, 'with other collections'],
    ['LCase(Where($m, [mails], Left($m, 1) = "S"))', ['smtp:a'], 'the result may be mapped'],
    ['With($t, Trim("  x "), $t & $t)', 'xx', 'a value is bound'],
    ['With($m, [mails], Count($m))', 3n, 'a collection is bound as a whole'],
    ['With($m, [mails], Item($m, 2))', 'smtp:b', 'and can be taken apart'],
    ['With($m, [mails], $m)', values.mails, 'or be the answer'],
    ['With($a, 1, With($b, 2, $a + $b))', 3n, 'With may be nested'],
    ['With($a, 1, With($a, 2, $a) + $a)', 3n, 'an inner variable ends with its With'],
    ['With($g, Guid(), $g = $g)', true, 'the value is evaluated once'],
    ['With($n, NULL, IsNull($n))', true, 'NULL may be bound'],
    ['With($d, CDate("2024-01-01"), FormatDateTime($d, "yyyy"))', '2024', 'so may a date-time'],
  ],
  values,
);

failsAll(
  [
    ['IIF([title], 1, 2)', 'expression-type-mismatch', 'a text is no condition'],
    ['IIF(1, 1, 2)', 'expression-type-mismatch', 'nor is a number'],
    ['Switch(True, 1, [title], 2)', 'expression-type-mismatch', 'all conditions are evaluated'],
    ['Switch(True, 1, Error("reached"), 2)', 'sync-rule-error-function-triggered', 'also after one that is True'],
    ['Switch(True, 1, False)', 'expression-bad-value', 'conditions and values come in pairs'],
    ['Switch(False, 1, True, Error("reached"))', 'sync-rule-error-function-triggered', 'a chosen value is evaluated'],
    ['Where($m, [mails], [mails] = $m)', 'expression-type-mismatch', 'a condition has one answer'],
    ['Where($m, [mails], $m)', 'expression-type-mismatch', 'a text is no condition'],
    ['Error(1)', 'expression-type-mismatch', 'a message is a text'],
    ['IIF(True, Error("x"), 1)', 'sync-rule-error-function-triggered', 'Error is reached'],
    ['Trim(Error("x"))', 'sync-rule-error-function-triggered', 'also within'],
    ['Error([mails])', 'sync-rule-error-function-triggered', 'also with several messages'],
    ['Error([absent])', 'sync-rule-error-function-triggered', 'also with none'],
  ],
  values,
);

test('Error says what the rule says, and where', () => {
  assert.throws(
    () => evaluate('IIF(IsNull([mail]), Error("no mail: " & [cn]), [mail])', { cn: 'Ada' }),
    (error) =>
      error instanceof ExpressionError &&
      error.kind === 'runtime' &&
      error.code === 'sync-rule-error-function-triggered' &&
      error.message === 'no mail: Ada' &&
      error.column === 21,
  );
});
