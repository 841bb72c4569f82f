import { InvalidArgumentError } from 'commander';

export type GivenConditions = Readonly<Record<string, readonly string[]>>;

/** Collects `KEY=VALUE`, the key up to the first equals sign; one that is given again has several values. Throws InvalidArgumentError. */
export function collectCondition(text: string, before: GivenConditions | undefined): GivenConditions {
  const [, key, value] = /^([A-Za-z0-9-]+:[^=]+)=(.+)$/s.exec(text) ?? [];
  if (key === undefined || value === undefined)
    throw new InvalidArgumentError('A condition is KEY=VALUE, such as kms:EncryptionContext:purpose=backup.');
  const values = before?.[key] ?? [];
  return { ...before, [key]: [...values, value] };
}
