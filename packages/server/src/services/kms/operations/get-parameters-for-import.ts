import {
  importToken,
  keyId,
  required,
  timestamp,
  wrappingAlgorithm,
  wrappingKeySpec,
  wrappingNotSupported,
  wrappingPublicKey,
} from '@keyhaven/api-model';
import { randomHex } from '@keyhaven/crypto';
import { dayMs } from '../../../keys/day.ts';
import { assertImported } from '../../../keys/import-material.ts';
import { permitsWrapping } from '../../../keys/import-wrapping.ts';
import { findKeySpec } from '../../../keys/key-specs.ts';
import { supersededParameters } from '../../../keys/superseded-parameters.ts';
import { operation } from '../../../pipeline/operation.ts';
import { importKeyTarget } from '../../../pipeline/targets/import-key.ts';
import { importParametersTable, kmsKeyTable } from '../../../storage/tables.ts';
import { insert, remove, update } from '../../../storage/unit-of-work.ts';

/** Answers a fresh wrapping key and the token that belongs to it, good for 24 hours. https://docs.aws.amazon.com/kms/latest/APIReference/API_GetParametersForImport.html */
export const GetParametersForImport = operation({
  name: 'GetParametersForImport',
  access: 'write',
  isReadOnlyToCloudTrail: true,
  input: {
    KeyId: required(keyId),
    WrappingAlgorithm: required(wrappingAlgorithm),
    WrappingKeySpec: required(wrappingKeySpec),
  },
  output: {
    KeyId: keyId,
    ImportToken: importToken,
    PublicKey: wrappingPublicKey,
    ParametersValidTo: timestamp(),
  },
  target: importKeyTarget('GetParametersForImport'),
  states: 'getParametersForImport',
  supports: ({ key }) => assertImported(key),
  recorded: ['KeyId', 'WrappingAlgorithm', 'WrappingKeySpec'],
  async act({ input, loaded: { key, parameters }, now }, { imports }) {
    const { WrappingAlgorithm, WrappingKeySpec } = input;
    const { row, spec, arn } = key;
    const wrappingSpec = findKeySpec(WrappingKeySpec);
    const isPermitted = permitsWrapping(spec.importWrapping, WrappingAlgorithm, WrappingKeySpec, row.region);
    if (wrappingSpec === undefined || !isPermitted)
      throw wrappingNotSupported(WrappingAlgorithm, WrappingKeySpec, spec.name);
    const own = {
      account_id: row.account_id,
      region: row.region,
      key_id: row.key_id,
      id: randomHex(16),
      wrapping_algorithm: WrappingAlgorithm,
      wrapping_key_spec: WrappingKeySpec,
      expires_at: now + dayMs,
    };
    const made = await imports.makeParameters(own, wrappingSpec, arn);
    return {
      output: {
        KeyId: arn,
        ImportToken: made.token,
        PublicKey: made.publicKey,
        ParametersValidTo: own.expires_at,
      },
      changes: [
        insert(importParametersTable, made.row),
        ...supersededParameters(parameters, now).map((old) => remove(importParametersTable, old)),
        // A destruction of the key that comes meanwhile would leave this row behind: one of the two is a conflict.
        update(kmsKeyTable, row, {}),
      ],
    };
  },
});
