import {
  CreateKeyCommand,
  type CreateKeyCommandInput,
  type CustomerMasterKeySpec,
  type KeySpec,
  KeyUsageType,
  ListKeysCommand,
} from '@aws-sdk/client-kms';
import { type Refusal, refusalOf } from '@keyhaven/testkit';
import { describe, expect, it } from 'vitest';
import { refusal } from '../kms/kms-under-test.ts';
import { keyKinds } from './key-kinds.ts';
import { useKeys } from './keys-under-test.ts';

const keys = useKeys();

const refused = (input: CreateKeyCommandInput): Promise<Refusal> =>
  refusalOf(keys.client.send(new CreateKeyCommand(input)));
const invalid = (message: string) => refusal('ValidationException', message);
const unsupported = (message: string) => refusal('UnsupportedOperationException', message);

/** The key spec by the name that the member had before it was renamed. */
const olderName = (name: string) => ({ CustomerMasterKeySpec: name as CustomerMasterKeySpec });

const specs = [...new Set(keyKinds.map((kind) => kind.KeySpec))];
const isKind = (spec: KeySpec, usage: KeyUsageType) =>
  keyKinds.some(({ KeySpec, KeyUsage }) => KeySpec === spec && KeyUsage === usage);
const mismatches = specs.flatMap((spec) =>
  Object.values(KeyUsageType)
    .filter((usage) => !isKind(spec, usage))
    .map((usage) => [spec, usage] as const),
);

describe('CreateKey', () => {
  it.each(mismatches)('refuses %s for %s with ValidationException', async (spec, usage) => {
    expect(await refused({ KeySpec: spec, KeyUsage: usage })).toEqual(
      invalid(`KeyUsage ${usage} is not compatible with KeySpec ${spec}`),
    );
  });

  it.each(specs.filter((spec) => spec !== 'SYMMETRIC_DEFAULT'))(
    'refuses %s without a KeyUsage with ValidationException, by either name of the member',
    async (spec) => {
      const expected = invalid(
        'You must specify a KeyUsage value for all KMS keys except for symmetric encryption keys.',
      );
      expect(await refused({ KeySpec: spec })).toEqual(expected);
      expect(await refused({ KeySpec: spec, Origin: 'EXTERNAL' })).toEqual(expected);
    },
  );

  it.each(['RSA_2048', 'ECC_NIST_P256'] as const)('takes %s as CustomerMasterKeySpec', async (spec) => {
    const command = new CreateKeyCommand({ ...olderName(spec), KeyUsage: 'SIGN_VERIFY' });
    expect((await keys.client.send(command)).KeyMetadata).toMatchObject({
      KeySpec: spec,
      CustomerMasterKeySpec: spec,
    });
  });

  it.each(['ECC_NIST_EDWARDS25519', 'ML_DSA_65', 'ML_KEM_768'])(
    'refuses %s as CustomerMasterKeySpec, which does not know it, with ValidationException',
    async (spec) => {
      const found = await refused({
        ...olderName(spec),
        KeyUsage: 'SIGN_VERIFY',
      });
      expect(found.name).toBe('ValidationException');
      expect(found.message).toContain(
        `Value '${spec}' at 'customerMasterKeySpec' failed to satisfy constraint: Member must satisfy enum value set: [`,
      );
    },
  );

  it('refuses a KeySpec that there is not with ValidationException', async () => {
    const found = await refused({ KeySpec: 'RSA_1024' as KeySpec, KeyUsage: 'SIGN_VERIFY' });
    expect(found).toMatchObject({ name: 'ValidationException', status: 400 });
    expect(found.message).toContain("Value 'RSA_1024' at 'keySpec' failed to satisfy constraint");
  });

  it('refuses two names of one key spec, alike or not, with ValidationException', async () => {
    const both = { KeySpec: 'RSA_2048', KeyUsage: 'SIGN_VERIFY' } as const;
    for (const spec of ['RSA_2048', 'RSA_3072']) {
      expect(await refused({ ...both, ...olderName(spec) })).toEqual(
        invalid(
          'You cannot specify KeySpec and CustomerMasterKeySpec in the same request. CustomerMasterKeySpec is deprecated.',
        ),
      );
    }
  });

  it.each(['ENCRYPT_DECRYPT', 'SIGN_VERIFY', 'KEY_AGREEMENT'] as const)(
    'refuses SM2 for %s outside China with UnsupportedOperationException',
    async (usage) => {
      expect(await refused({ KeySpec: 'SM2', KeyUsage: usage })).toEqual(
        unsupported('KeySpec SM2 is not supported in eu-west-2.'),
      );
    },
  );

  it.each(['AWS_CLOUDHSM', 'EXTERNAL_KEY_STORE'] as const)(
    'refuses an RSA key with Origin %s, for there are no custom key stores',
    async (Origin) => {
      const found = await refused({ KeySpec: 'RSA_2048', KeyUsage: 'SIGN_VERIFY', Origin });
      expect(found.name).toBe('UnsupportedOperationException');
    },
  );

  it.each(keyKinds.filter(({ KeySpec }) => !KeySpec.startsWith('ML_')))(
    'makes $KeySpec for $KeyUsage with Origin EXTERNAL, which is pending its import',
    async ({ KeySpec, KeyUsage }) => {
      const command = new CreateKeyCommand({ KeySpec, KeyUsage, Origin: 'EXTERNAL' });
      expect((await keys.client.send(command)).KeyMetadata).toMatchObject({
        KeySpec,
        KeyUsage,
        Origin: 'EXTERNAL',
        KeyState: 'PendingImport',
        Enabled: false,
      });
    },
  );

  it.each(keyKinds.filter(({ KeySpec }) => KeySpec.startsWith('ML_')))(
    'refuses $KeySpec with Origin EXTERNAL with UnsupportedOperationException',
    async ({ KeySpec, KeyUsage }) => {
      expect(await refused({ KeySpec, KeyUsage, Origin: 'EXTERNAL' })).toEqual(
        unsupported(`Origin EXTERNAL is not supported for KeySpec ${KeySpec}.`),
      );
    },
  );

  it('makes no key when it refuses', async () => {
    const count = async () => (await keys.client.send(new ListKeysCommand({ Limit: 1000 }))).Keys?.length;
    const before = await count();
    await refused({ KeySpec: 'RSA_2048', KeyUsage: 'KEY_AGREEMENT' });
    await refused({ KeySpec: 'ECC_NIST_P256' });
    await refused({ KeySpec: 'SM2', KeyUsage: 'SIGN_VERIFY' });
    expect(await count()).toBe(before);
  });
});
