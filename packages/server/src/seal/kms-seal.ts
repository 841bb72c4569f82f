import { resolve } from 'node:path';
import { Secret } from '@keyhaven/crypto';
import { z } from 'zod';
import { base64Of } from './base64.ts';
import { type KmsAddress, type KmsTimeouts, withKmsClient } from './kms-client.ts';
import { isPermittedEndpoint } from './kms-endpoint.ts';
import { kmsRefusal } from './kms-refusal.ts';
import type { SealPlace, SealProvider } from './port.ts';
import { SealRefusal } from './seal-refusal.ts';

const sealingKeyBytes = 32;
/** The API's bound on a CiphertextBlob. */
const maxBlobBytes = 6144;
const printable = (maxLength: number) =>
  z
    .string()
    .max(maxLength)
    .regex(/^[!-~]+$/);

const addressSchema = {
  keyId: printable(2048),
  region: z.string().regex(/^[a-z0-9-]{1,64}$/),
  endpoint: z.exactOptional(printable(2048).refine(isPermittedEndpoint)),
  caFile: z.exactOptional(z.string().min(1).max(4096)),
};
const parametersSchema = z.strictObject({
  ...addressSchema,
  encryptedSealingKey: base64Of({ min: 1, max: maxBlobBytes }),
});

/** Which KMS key encrypts the sealing key, where it is asked for, and the ciphertext blob in Base64. */
export type KmsSealParameters = z.infer<typeof parametersSchema>;

export interface KmsSealRequest extends SealPlace {
  /** Key id, key ARN, alias name or alias ARN. What is kept is the ARN of the key that it names now. */
  readonly keyId: string;
  readonly region: string;
  readonly endpoint?: string | undefined;
  readonly caFile?: string | undefined;
}

/** Long enough for a far KMS and two retries, short enough that someone waits for the answer. */
const defaultTimeouts: KmsTimeouts = { connectMs: 5000, attemptMs: 10_000, totalMs: 30_000 };

/** The seal whose sealing key only another KMS can decrypt: AWS's, or another Keyhaven. */
export const kmsSeal = createKmsSeal(defaultTimeouts);

/** The same with other times, for tests. */
export function createKmsSeal(timeouts: KmsTimeouts): SealProvider<KmsSealParameters, KmsSealRequest> {
  return {
    kind: 'kms',
    parametersSchema,
    mismatch: {
      reason:
        'The KMS decrypts the sealing key, but that does not open the seal header: the header was changed.',
      nextStep: 'Restore seal.json from a backup of this installation.',
    },
    needs: () => ({ automatic: true }),

    async create(request) {
      const address = readRequest(request);
      const { parameters, sealingKey } = await generate(address, request.installationId, timeouts);
      try {
        // Whoever may generate data keys need not be permitted to decrypt; that would show at the next start only.
        using decrypted = await decrypt(parameters, request.installationId, timeouts);
        if (!decrypted.equals(sealingKey)) throw kmsRefusal(undefined, address);
      } catch (error) {
        sealingKey.dispose();
        throw error;
      }
      return { parameters, sealingKey };
    },

    open: (parameters, { installationId }) => decrypt(parameters, installationId, timeouts),
  };
}

type RequestedKey = KmsAddress & { readonly keyId: string };

function readRequest({ keyId, region, endpoint, caFile }: KmsSealRequest): RequestedKey {
  const given = {
    keyId,
    region,
    ...(endpoint !== undefined && { endpoint }),
    ...(caFile !== undefined && { caFile: resolve(caFile) }),
  };
  const { success, error, data } = z.strictObject(addressSchema).safeParse(given);
  if (success) return data;
  const name = String(error.issues[0]?.path[0]);
  throw new SealRefusal(`The ${name} of the KMS seal cannot be used.`, rules[name] ?? 'Check it.');
}

const rules: Readonly<Record<string, string>> = {
  keyId: 'Name a key id, a key ARN, an alias name or an alias ARN.',
  region: 'Name a Region such as eu-west-2.',
  endpoint:
    'Name an address such as https://kms.example.com:4599, without a path. Plain http is for a loopback address only, because the sealing key would cross the network in clear.',
  caFile: 'Name a file.',
};

/** Binds the ciphertext to this use of the key, and shows it in the other KMS's journal. */
function contextOf(installationId: string): Record<string, string> {
  return { 'keyhaven:installation': installationId, 'keyhaven:purpose': 'sealing key' };
}

async function generate(address: RequestedKey, installationId: string, timeouts: KmsTimeouts) {
  return refusing(address, () =>
    withKmsClient(address, timeouts, async (client, { GenerateDataKeyCommand }, abortSignal) => {
      const command = new GenerateDataKeyCommand({
        KeyId: address.keyId,
        KeySpec: 'AES_256',
        EncryptionContext: contextOf(installationId),
      });
      const { Plaintext, CiphertextBlob, KeyId } = await client.send(command, { abortSignal });
      const sealingKey = takeKey(Plaintext);
      const parameters = parametersSchema.safeParse({
        ...address,
        keyId: KeyId,
        encryptedSealingKey: Buffer.from(CiphertextBlob ?? []).toString('base64'),
      });
      if (parameters.success) return { parameters: parameters.data, sealingKey };
      sealingKey.dispose();
      throw new Error('not a reply of GenerateDataKey');
    }),
  );
}

function decrypt(
  parameters: KmsSealParameters,
  installationId: string,
  timeouts: KmsTimeouts,
): Promise<Secret> {
  return refusing(parameters, () =>
    withKmsClient(parameters, timeouts, async (client, { DecryptCommand }, abortSignal) => {
      const command = new DecryptCommand({
        KeyId: parameters.keyId,
        CiphertextBlob: Buffer.from(parameters.encryptedSealingKey, 'base64'),
        EncryptionContext: contextOf(installationId),
      });
      return takeKey((await client.send(command, { abortSignal })).Plaintext);
    }),
  );
}

/** Zeroises what the SDK decoded; the reply's text it was decoded from stays until the garbage collector comes. */
function takeKey(plaintext: Uint8Array | undefined): Secret {
  const key = Secret.take(plaintext ?? new Uint8Array());
  if (key.length === sealingKeyBytes) return key;
  key.dispose();
  throw new Error('not a key of 32 bytes');
}

async function refusing<T>(target: RequestedKey, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    throw error instanceof SealRefusal ? error : kmsRefusal(error, target);
  }
}
