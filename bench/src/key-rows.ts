import { randomBytes } from 'node:crypto';
import { runLoad, type Shot, type Target } from './load.ts';
import { signedRequest } from './signed-request.ts';
import { nodeLoop, nodeOperations, opensslSign, type Yardstick } from './yardsticks.ts';

/** A line about keys of another kind than symmetric ones: what is sent, and what the bare operation costs. */
export interface KeyRow {
  readonly name: string;
  readonly connections: number;
  readonly yardstick: (seconds: number) => Yardstick;
  readonly shots: (target: Target) => Promise<() => Shot>;
}

/** Sends one request and answers what its reply says. */
export async function ask(
  target: Target,
  operation: string,
  body: object,
  expect: string,
): Promise<Readonly<Record<string, unknown>>> {
  let reply = '{}';
  let isSent = false;
  const shot = () => {
    if (isSent) return undefined;
    isSent = true;
    return { request: signedRequest(target.port, operation, JSON.stringify(body)), expect };
  };
  await runLoad(target, 1, shot, (text) => (reply = text));
  return JSON.parse(reply) as Readonly<Record<string, unknown>>;
}

async function createKey(target: Target, input: object): Promise<string> {
  const { KeyMetadata } = await ask(target, 'CreateKey', input, '"KeyMetadata"');
  return (KeyMetadata as { readonly KeyId: string }).KeyId;
}

/** Requests that differ in their message. */
function overMessages(
  target: Target,
  operation: string,
  bodyOf: (message: string) => object,
  member: string,
): () => Shot {
  return () => {
    const body = JSON.stringify(bodyOf(randomBytes(32).toString('base64')));
    return { request: signedRequest(target.port, operation, body), expect: `"${member}":"` };
  };
}

/** Requests for signatures of one new key. */
export async function signShots(
  target: Target,
  KeySpec: string,
  SigningAlgorithm: string,
): Promise<() => Shot> {
  const KeyId = await createKey(target, { KeySpec, KeyUsage: 'SIGN_VERIFY' });
  return overMessages(target, 'Sign', (Message) => ({ KeyId, Message, SigningAlgorithm }), 'Signature');
}

async function macShots(target: Target): Promise<() => Shot> {
  const KeyId = await createKey(target, { KeySpec: 'HMAC_256', KeyUsage: 'GENERATE_VERIFY_MAC' });
  const MacAlgorithm = 'HMAC_SHA_256';
  return overMessages(target, 'GenerateMac', (Message) => ({ KeyId, Message, MacAlgorithm }), 'Mac');
}

async function pairShots(target: Target, KeyPairSpec: string): Promise<() => Shot> {
  const KeyId = await createKey(target, {});
  const context = (id: string) => ({ KeyId, KeyPairSpec, EncryptionContext: { id } });
  return overMessages(target, 'GenerateDataKeyPair', context, 'PrivateKeyPlaintext');
}

const ciphertextsMade = 200;

async function decapsulateShots(target: Target): Promise<() => Shot> {
  const KeyId = await createKey(target, { KeySpec: 'ML_KEM_768', KeyUsage: 'ENCAPSULATE_DECAPSULATE' });
  const EncapsulationAlgorithm = 'ML_KEM';
  const made: (readonly [blob: string, secret: string])[] = [];
  for (let n = 0; n < ciphertextsMade; n++) {
    const reply = await ask(target, 'Encapsulate', { KeyId, EncapsulationAlgorithm }, '"SharedSecret"');
    made.push([String(reply['SharedSecretCiphertextBlob']), String(reply['SharedSecret'])]);
  }
  let at = 0;
  return () => {
    const [SharedSecretCiphertextBlob, secret] = made[at++ % made.length] ?? [];
    const body = JSON.stringify({ KeyId, SharedSecretCiphertextBlob, EncapsulationAlgorithm });
    return { request: signedRequest(target.port, 'Decapsulate', body), expect: `"SharedSecret":"${secret}"` };
  };
}

export const keyRows: readonly KeyRow[] = [
  {
    name: 'Sign RSA_2048',
    connections: 32,
    yardstick: (seconds) => opensslSign('rsa2048', seconds),
    // PKCS #1 v1.5, as `openssl speed` signs; the encoding of PSS costs some 40 microseconds more.
    shots: (target) => signShots(target, 'RSA_2048', 'RSASSA_PKCS1_V1_5_SHA_256'),
  },
  {
    name: 'Sign ECC_NIST_P256',
    connections: 32,
    yardstick: (seconds) => opensslSign('ecdsap256', seconds),
    shots: (target) => signShots(target, 'ECC_NIST_P256', 'ECDSA_SHA_256'),
  },
  {
    name: 'Sign ECC_NIST_EDWARDS25519',
    connections: 32,
    yardstick: (seconds) => opensslSign('ed25519', seconds),
    shots: (target) => signShots(target, 'ECC_NIST_EDWARDS25519', 'ED25519_SHA_512'),
  },
  {
    name: 'Sign ML_DSA_65',
    connections: 32,
    yardstick: (seconds) => nodeLoop(nodeOperations.mlDsa65(), seconds),
    shots: (target) => signShots(target, 'ML_DSA_65', 'ML_DSA_SHAKE_256'),
  },
  {
    name: 'Decapsulate ML_KEM_768',
    connections: 32,
    yardstick: (seconds) => nodeLoop(nodeOperations.mlKem768(), seconds),
    shots: decapsulateShots,
  },
  {
    name: 'GenerateMac HMAC_256',
    connections: 32,
    yardstick: (seconds) => nodeLoop(nodeOperations.hmacSha256(), seconds),
    shots: macShots,
  },
  {
    name: 'GenerateDataKeyPair ECC_NIST_P256',
    connections: 32,
    yardstick: (seconds) => nodeLoop(nodeOperations.generateP256(), seconds),
    shots: (target) => pairShots(target, 'ECC_NIST_P256'),
  },
  {
    // Its time is chance: how many candidates are tried until two are primes.
    name: 'GenerateDataKeyPair RSA_2048',
    connections: 4,
    yardstick: (seconds) => nodeLoop(nodeOperations.generateRsa2048(), 3 * seconds),
    shots: (target) => pairShots(target, 'RSA_2048'),
  },
];
