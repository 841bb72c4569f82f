import type { EnumerationShape, Members, Shape } from '@keyhaven/api-model';
import { required, string } from '@keyhaven/api-model';
import {
  listSdkOperations,
  readMembers,
  readSdkEnumeration,
  readSdkOperation,
} from '@keyhaven/testkit/sdk-schema';
import { describe, expect, it } from 'vitest';
import { kmsOperations } from './index.ts';
import { unsupportedOperations } from './unsupported.ts';

interface Enumeration {
  readonly operation: string;
  readonly member: string;
  readonly shape: EnumerationShape;
}

/** The SDK's enumeration of a member, by the member's name. */
const enumerationOf: Readonly<Record<string, string>> = {
  CustomerMasterKeySpec: 'CustomerMasterKeySpec',
  DestinationEncryptionAlgorithm: 'EncryptionAlgorithmSpec',
  DryRunModifiers: 'DryRunModifierType',
  EncapsulationAlgorithms: 'EncapsulationAlgorithmSpec',
  EncryptionAlgorithm: 'EncryptionAlgorithmSpec',
  EncryptionAlgorithms: 'EncryptionAlgorithmSpec',
  ExpirationModel: 'ExpirationModelType',
  ImportState: 'ImportState',
  ImportType: 'ImportType',
  IncludeKeyMaterial: 'IncludeKeyMaterial',
  KeyAgreementAlgorithms: 'KeyAgreementAlgorithmSpec',
  KeyEncryptionAlgorithm: 'KeyEncryptionMechanism',
  KeyManager: 'KeyManagerType',
  KeyMaterialState: 'KeyMaterialState',
  KeySpec: 'KeySpec',
  KeyState: 'KeyState',
  KeyUsage: 'KeyUsageType',
  EncapsulationAlgorithm: 'EncapsulationAlgorithmSpec',
  KeyAgreementAlgorithm: 'KeyAgreementAlgorithmSpec',
  KeyOrigin: 'OriginType',
  KeyPairSpec: 'DataKeyPairSpec',
  MacAlgorithm: 'MacAlgorithmSpec',
  MacAlgorithms: 'MacAlgorithmSpec',
  MessageType: 'MessageType',
  SigningAlgorithm: 'SigningAlgorithmSpec',
  MultiRegionKeyType: 'MultiRegionKeyType',
  Operation: 'KeyLastUsageTrackingOperation',
  Operations: 'GrantOperation',
  Origin: 'OriginType',
  RotationType: 'RotationType',
  SigningAlgorithms: 'SigningAlgorithmSpec',
  SourceEncryptionAlgorithm: 'EncryptionAlgorithmSpec',
  WrappingAlgorithm: 'AlgorithmSpec',
  WrappingKeySpec: 'WrappingKeySpec',
};

/** GenerateDataKey and GenerateDataKeyWithoutPlaintext say KeySpec to the spec of the data key. */
function sdkNameOf({ operation, member }: Enumeration): string {
  const isDataKey = operation.startsWith('GenerateDataKey') && member === 'KeySpec';
  return isDataKey ? 'DataKeySpec' : (enumerationOf[member] ?? `of ${member}: unknown`);
}

function enumerationsIn(operation: string, members: Members): readonly Enumeration[] {
  return Object.entries(members).flatMap(([member, declared]) =>
    enumerationsOf(operation, member, declared.kind === 'required' ? declared.shape : declared),
  );
}

function enumerationsOf(operation: string, member: string, shape: Shape): readonly Enumeration[] {
  if (shape.kind === 'enumeration') return [{ operation, member, shape }];
  if (shape.kind === 'list') return enumerationsOf(operation, member, shape.member);
  return shape.kind === 'structure' ? enumerationsIn(operation, shape.members) : [];
}

const declared = [...kmsOperations.values()];

describe('the operations of KMS', () => {
  it('are those of the AWS SDK: each is answered or listed as unsupported, never both, never neither', () => {
    const answered = [...kmsOperations.keys()];
    const unsupported = [...unsupportedOperations.keys()];
    expect([...answered, ...unsupported].sort()).toEqual([...listSdkOperations()].sort());
  });

  it('are unsupported for a reason of one line', () => {
    for (const reason of unsupportedOperations.values()) expect(reason).toMatch(/^[A-Z][^\n]*\.$/);
  });

  it('stand under their own names', () => {
    for (const [name, operation] of kmsOperations) expect(operation.name).toBe(name);
  });

  it.each(declared)(
    '$name has the members of the AWS SDK, required and sensitive ones alike',
    ({ name, input, output }) => {
      expect({
        input: { members: readMembers(input) },
        output: output === undefined ? undefined : { members: readMembers(output) },
      }).toEqual(readSdkOperation(name));
    },
  );

  const enumerations = declared.flatMap(({ name, input, output }) => [
    ...enumerationsIn(name, input),
    ...enumerationsIn(name, output ?? {}),
  ]);
  it.each(enumerations)(
    '$operation takes and answers the values of the AWS SDK in $member',
    (enumeration) => {
      const expected = readSdkEnumeration(sdkNameOf(enumeration));
      expect([...enumeration.shape.values].sort()).toEqual([...expected].sort());
    },
  );

  it.each(declared)('$name records members that it has, none of them sensitive', ({ input, recorded }) => {
    const members = readMembers(input);
    for (const name of recorded) {
      const notation = members[name] ?? members[`${name}*`];
      expect(notation).toBeDefined();
      expect(JSON.stringify(notation)).not.toContain('sensitive');
    }
  });
});

describe('the comparison', () => {
  it('notices a member that is missing, of another type, or required on one side only', () => {
    const { input } = readSdkOperation('DeleteAlias');
    expect({ members: readMembers({ AliasName: required(string()) }) }).toEqual(input);
    expect({ members: readMembers({}) }).not.toEqual(input);
    expect({ members: readMembers({ AliasName: string() }) }).not.toEqual(input);
  });

  it('refuses an operation and an enumeration that the SDK does not have', () => {
    expect(() => readSdkOperation('DeleteKey')).toThrow('the SDK has no operation DeleteKey');
    expect(() => readSdkEnumeration('KeyColour')).toThrow('the SDK has no enumeration KeyColour');
  });
});
