import { SqsError } from './sqs-error';

export function required<T>(value: T | undefined | null | '', name: string): T {
  if (value !== undefined && value !== null && value !== '') return value;
  throw new SqsError('MissingParameter', `The request must contain the parameter ${name}.`);
}

/** An integer within bounds, or `byDefault` when the parameter was not given. */
export function integerOf(
  value: number | undefined,
  name: string,
  [least, most]: readonly [number, number],
  byDefault: number,
): number {
  if (value === undefined) return byDefault;
  if (Number.isInteger(value) && value >= least && value <= most) return value;
  throw new SqsError(
    'InvalidParameterValue',
    `Value ${value} for parameter ${name} is invalid. Reason: Must be between ${least} and ${most}, if provided.`,
  );
}

/** Group and deduplication ids: letters, digits and ASCII punctuation, at most 128. */
export function idOf(value: string, name: string): string {
  if (/^[!-~]{1,128}$/.test(value)) return value;
  throw new SqsError(
    'InvalidParameterValue',
    `Value ${value} for parameter ${name} is invalid. Reason: ${name} can only include alphanumeric and punctuation characters. 1 to 128 in length.`,
  );
}

/** Whether a list requests a name, by the rules of MessageAttributeNames and AttributeNames: `All`, `.*`, `prefix.*` or the name. */
export function isAskedFor(name: string, asked: readonly string[]): boolean {
  return asked.some(
    (one) => one === 'All' || one === name || (one.endsWith('.*') && name.startsWith(one.slice(0, -2))),
  );
}
