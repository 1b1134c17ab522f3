/** Fuzzing of the expression language: any text is compiled, and evaluated on an object that has a bit of everything. */
import { compileExpression } from './compile.ts';
import { ExpressionError } from './error.ts';
import { parseExpression } from './parser.ts';
import { contextOf, objectOf } from './sample-object.ts';
import { print } from './syntax-tree.ts';
import { Reference } from './value.ts';

const source = objectOf({
  a: 'Ada Lovelace',
  n: 514n,
  b: true,
  g: new Uint8Array(16).fill(7),
  m: ['SMTP:Ada@x.example', 'smtp:a@x.example', ''],
  k: [1n, -5n],
  r: new Reference('CN=Ada\\, L,OU=EU,DC=example'),
  t: '2024-03-05 6:30 PM -5',
});
const context = contextOf({ p: 'corp.example' });

export const fuzz = {
  name: 'expression',
  seeds: [
    'IIF(IsPresent([a]) || [n] > 0, Trim([a]) & "@" & %p%, Error("none"))',
    'IIF(InStr([m], "SMTP:") = 1, NULL, LCase([m]))',
    'RemoveDuplicates(Trim(ImportedValue("m")))',
    'Switch(BitAnd([n], &H2) <> 0, "x", IsBitSet([n], 512), Mid([a], 2, 3), True, AuthoritativeNull)',
    'Select($i, [m], Where($j, Split($i, ":", 2), Len($j) > 1))',
    'With($v, DNComponentRev([r], 1, "DC"), Join(Split($v, "-"), "+") & DNComponent([r], 1))',
    'FormatDateTime(DateAdd("m", -1, CDate([t])), "yyyyMMddHHmmss.0Z ddd fff")',
    'ConvertFromBase64(ConvertToBase64("Größe")) & ConvertToUTF8Hex(CStr([n])) & StringFromGuid([g])',
    'ReplaceChars(Replace(PCase([a]), "a", "\\n"), "ö:oe,ß:ss") & Word([a], 2, " ") & PadLeft("7", 3, "0")',
    'Contains([m], "smtp:", CaseInsensitive) + Count([k]) * ValueCount("m") - Item([k], 1)',
    'CertSubject(ConvertToBase64([g]))',
    'IIF(ValueCount("m") > 50000, Error("too many"), [m])',
    'Switch(IsNull([x]), [r], With($v, [n], $v > 1), [k], True, IIF([b], [m], NULL))',
    'IIF(CBool(InStr(DNComponent(CRef(CStr([r])), 1), "\\\\0ACNF:") > 0), True, NULL)',
    'EscapeDNComponent(PCase([a])) & InStrRev("banana", "an", -1, vbTextCompare) & NumFromDate(Now())',
    'CBin(CNum("258"), 4) = Thumbprint([g]) || IsGuid(Guid()) && IsDate([t]) = IsNumeric(RandomNum(1, 6))',
  ],
  /** Reads, prints, reads again and evaluates. An attribute that is handed on unchanged is what the evaluation gives. */
  run(input: Uint8Array): void {
    const text = Buffer.from(input.buffer, input.byteOffset, input.byteLength).toString('utf8');
    const expression = compileExpression(text);
    const printed = print(parseExpression(text));
    if (print(parseExpression(printed)) !== printed) throw new Error('Printing is not stable.');
    const copied = expression.copiedFrom(source, context);
    const result = expression.evaluate(source, context);
    if (copied === undefined || !expression.dependencies.deterministic) return;
    if (result !== source.get(copied)) throw new Error(`The expression does not give ${copied}.`);
  },
  allowed(error: unknown): boolean {
    return error instanceof ExpressionError;
  },
};
