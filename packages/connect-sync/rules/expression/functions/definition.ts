/**
 * How a function is declared: name, parameters, what it does with NULL, and its code. The compiler checks counts and
 * words, converts nothing, refuses values of a wrong type, and maps the function over multi-valued attributes; the code
 * of a function sees values of exactly the declared types.
 */
import { type ExpressionErrorCode, ValueRefusal } from '../error.ts';
import type { EvaluationContext } from '../frame.ts';
import type { DateTime, Reference, Scalar, Value } from '../value.ts';

/**
 * - `var`: one value of any type; `any`: whatever the argument is, several values as a whole.
 * - `mv`, `mvstr`: the whole collection, a single value as a collection of one, NULL as an empty one.
 * - `enum`: one of the declared words.
 */
export interface ArgumentTypes {
  str: string;
  num: bigint;
  bool: boolean;
  bin: Uint8Array;
  ref: Reference;
  dt: DateTime;
  'str or bin': string | Uint8Array;
  var: Scalar;
  any: Value;
  mv: readonly Scalar[];
  mvstr: readonly string[];
  enum: string;
}
export type ArgumentType = keyof ArgumentTypes;

export interface Parameter<Type extends ArgumentType = ArgumentType, Optional extends boolean = boolean> {
  readonly name: string;
  readonly type: Type;
  readonly isOptional: Optional;
  /** The words that an `enum` may be. */
  readonly words: readonly string[];
}

export type ReturnType = 'str' | 'num' | 'bool' | 'bin' | 'ref' | 'dt' | 'var' | 'void' | 'mv' | 'mvstr';
export type FunctionFamily =
  | 'conversion'
  | 'date-time'
  | 'directory-names'
  | 'evaluation'
  | 'math'
  | 'multi-valued'
  | 'text'
  | 'certificate'
  | 'flow';

/** What documents say of a function. */
export interface FunctionEntry {
  readonly name: string;
  readonly family: FunctionFamily;
  /** `ret Name(type argument [, type optional])`. */
  readonly signature: string;
  /** One line. */
  readonly summary: string;
}

/** A function that the compiler calls with its arguments. */
export interface FunctionDefinition extends FunctionEntry {
  readonly returns: ReturnType;
  readonly parameters: readonly Parameter[];
  readonly requiredCount: number;
  /** False: the answer is NULL when any argument is NULL. True: the code is given the NULL. */
  readonly takesNull: boolean;
  /** False when the same object may give another answer next time. */
  readonly isDeterministic: boolean;
  /** True: the code is given the evaluation's context before its arguments. */
  readonly takesContext: boolean;
  /** Arguments in order, of the declared types, then nothing for omitted ones. @throws {ValueRefusal} */
  readonly apply: Apply;
  /** What the call costs beyond its arguments and its result, in work of a frame; absent: nothing. */
  readonly work?: ((...values: readonly unknown[]) => number) | undefined;
}

/** The code of any function, called by the compiler after it has checked what the parameters say. */
export type Apply = (...values: readonly unknown[]) => Value;

type ArgumentOf<P extends Parameter, Null> =
  | ArgumentTypes[P['type']]
  | (P['isOptional'] extends true ? undefined : never)
  | (P['type'] extends 'mv' | 'mvstr' | 'enum' ? never : Null);

type ArgumentsOf<P extends readonly Parameter[], Null> = { [Index in keyof P]: ArgumentOf<P[Index], Null> };

interface Declaration<P extends readonly Parameter[]> {
  readonly name: string;
  readonly returns: ReturnType;
  readonly parameters: P;
  readonly summary: string;
}

/**
 * Declares the functions of one family.
 *
 * @param everyCall what each call of them costs beyond its arguments, in work of a frame.
 */
export function family(name: FunctionFamily, everyCall?: (...values: readonly unknown[]) => number) {
  const complete = (
    declaration: Declaration<readonly Parameter[]> & { readonly apply: unknown; readonly work?: unknown },
    traits: Pick<FunctionDefinition, 'takesNull' | 'isDeterministic' | 'takesContext'>,
  ): FunctionDefinition => ({
    name: declaration.name,
    family: name,
    signature: signatureOf(declaration),
    summary: declaration.summary,
    returns: declaration.returns,
    parameters: declaration.parameters,
    requiredCount: declaration.parameters.filter((parameter) => !parameter.isOptional).length,
    // Declared with exact types and called with checked ones: nothing in between can be typed.
    apply: declaration.apply as Apply,
    work: (declaration.work as FunctionDefinition['work']) ?? everyCall,
    ...traits,
  });
  return {
    /** NULL when any argument is NULL. */
    strict<const P extends readonly Parameter[]>(
      declaration: Declaration<P> & {
        readonly apply: (...values: ArgumentsOf<P, never>) => Value;
        readonly work?: (...values: ArgumentsOf<P, never>) => number;
      },
    ): FunctionDefinition {
      return complete(declaration, { takesNull: false, isDeterministic: true, takesContext: false });
    },
    /** Says itself what NULL gives. */
    lenient<const P extends readonly Parameter[]>(
      declaration: Declaration<P> & {
        readonly apply: (...values: ArgumentsOf<P, null>) => Value;
        readonly work?: (...values: ArgumentsOf<P, null>) => number;
      },
    ): FunctionDefinition {
      return complete(declaration, { takesNull: true, isDeterministic: true, takesContext: false });
    },
    /** Reads the clock or draws a random number. NULL when any argument is NULL. */
    unsteady<const P extends readonly Parameter[]>(
      declaration: Declaration<P> & {
        readonly apply: (context: EvaluationContext, ...values: ArgumentsOf<P, never>) => Value;
      },
    ): FunctionDefinition {
      return complete(declaration, { takesNull: false, isDeterministic: false, takesContext: true });
    },
  };
}

/** A parameter that must be given. */
export function required<Type extends Exclude<ArgumentType, 'enum'>>(name: string, type: Type): Parameter<Type, false> {
  return { name, type, isOptional: false, words: [] };
}

/** A parameter that may be left out. */
export function optional<Type extends Exclude<ArgumentType, 'enum'>>(name: string, type: Type): Parameter<Type, true> {
  return { name, type, isOptional: true, words: [] };
}

/** A bare word that may be left out. */
export function optionalWord(name: string, words: readonly string[]): Parameter<'enum', true> {
  return { name, type: 'enum', isOptional: true, words };
}

/** `message` is a sentence that quotes no value. */
export function refuse(code: ExpressionErrorCode, message: string, options?: ErrorOptions): ValueRefusal {
  return new ValueRefusal(code, message, options);
}

function signatureOf({ returns, name, parameters }: Declaration<readonly Parameter[]>): string {
  const parts = parameters.map((parameter, index) => {
    const type =
      parameter.type === 'enum' ? parameter.words.join(' | ') : parameter.type === 'any' ? 'var' : parameter.type;
    const text = `${index === 0 ? '' : ', '}${type} ${parameter.name}`;
    return parameter.isOptional ? ` [${text.trim()}]` : text;
  });
  return `${returns} ${name}(${parts.join('')})`;
}
