import type { CustomerMasterKeySpec, KeySpec, KeyUsage } from '@keyhaven/api-model';

/** Everything the server needs to know about one key spec. Adding a key spec is adding a row here. */
export interface KeySpecRow {
  readonly name: KeySpec;
  /** The same as `CustomerMasterKeySpec`, for the specs that the older member knows. */
  readonly olderName: CustomerMasterKeySpec | undefined;
  readonly usages: readonly KeyUsage[];
  /** The usage of a key that is created without naming one; undefined where AWS demands it. */
  readonly defaultUsage: KeyUsage | undefined;
  readonly materialBytes: number;
  readonly encryptionAlgorithms: readonly ['SYMMETRIC_DEFAULT'];
  readonly rotates: boolean;
}

/** A Map, so that no name from a request can reach an inherited property. */
const rows = new Map<string, KeySpecRow>(
  [
    {
      name: 'SYMMETRIC_DEFAULT' as const,
      olderName: 'SYMMETRIC_DEFAULT' as const,
      usages: ['ENCRYPT_DECRYPT' as const],
      defaultUsage: 'ENCRYPT_DECRYPT' as const,
      materialBytes: 32,
      encryptionAlgorithms: ['SYMMETRIC_DEFAULT'] as const,
      rotates: true,
    },
  ].map((row) => [row.name, row]),
);

export function findKeySpec(name: string): KeySpecRow | undefined {
  return rows.get(name);
}
