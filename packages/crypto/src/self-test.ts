import { openGcm, sealGcm } from './aead.ts';
import { argon2idSync } from './argon2.ts';
import { keySelfTests } from './asymmetric/self-tests.ts';
import { encodeEncryptionContext } from './encryption-context.ts';
import { sha256Hex } from './hash.ts';
import { hmacSha256, HmacKey } from './hmac.ts';
import { counterMode, MessageKdf } from './kdf.ts';
import { Secret } from './secret.ts';
import { decryptSymmetric } from './symmetric.ts';

/** A known answer that did not come out: nothing this process computes can be trusted. */
export class SelfTestError extends Error {
  override readonly name = 'SelfTestError';
  readonly failedTest: string;

  constructor(failedTest: string, options?: ErrorOptions) {
    super(`Cryptographic self-test failed: ${failedTest}`, options);
    this.failedTest = failedTest;
  }
}

export interface SelfTest {
  readonly name: string;
  /** Whether the known answer came out; throwing counts as failing. */
  readonly passes: () => boolean;
}

/** Runs the known-answer tests, in some 12 ms from a cold start; throws a SelfTestError that names the first that fails. */
export function runSelfTests(): void {
  checkSelfTests(selfTests);
}

/** `runSelfTests` over a given list. Not exported from the package. */
export function checkSelfTests(tests: readonly SelfTest[]): void {
  for (const { name, passes } of tests) {
    let passed: boolean;
    try {
      passed = passes();
    } catch (cause) {
      throw new SelfTestError(name, { cause });
    }
    if (!passed) throw new SelfTestError(name);
  }
}

/** FIPS 180-4's example "abc". */
function passesSha256(): boolean {
  return sha256Hex('abc') === 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad';
}

/** RFC 4231, test case 2. */
function passesHmac(): boolean {
  const key = Buffer.from('Jefe');
  const message = Buffer.from('what do ya want for nothing?');
  const mac = '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843';
  using prepared = new HmacKey(key);
  return hmacSha256(key, message).toString('hex') === mac && prepared.signHex(message) === mac;
}

/** NIST CAVP KDF in counter mode: HMAC_SHA256, counter before fixed data, 32 bits; L = 320, count 30. */
function passesKdf(): boolean {
  const key = hex('c4bedbddb66493e7c7259a3bbbc25f8c7e0ca7fe284d92d431d9cd99a0d214ac');
  const fixedInput = hex(
    '1c69c54766791e315c2cc5c47ecd3ffab87d0d273dd920e70955814c220eacace6a5946542da3dfe24ff626b4897898cafb7db83bdff3c14fa46fd4b',
  );
  const expected = '1da47638d6c9c4d04d74d4640bbd42ab814d9e8cc22f4326695239f96b0693f12d0dd1152cf44430';
  return counterMode(key, fixedInput, 40).toString('hex') === expected;
}

/** The prepared form used for messages; the answer is that of OpenSSL's KBKDF. */
function passesMessageKdf(): boolean {
  const kdf = new MessageKdf('keyhaven/encrypt/1', 48);
  kdf.context.set(
    hex('a0a1a2a3a4a5a6a7a8a9aaabacadaeafc0c1c2c3c4c5c6c7c8c9cacbcccdcecfd0d1d2d3d4d5d6d7d8d9dadbdcdddedf'),
  );
  const derived = kdf.derive(hex('000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f'));
  return derived.toString('hex') === '7218a647cac5161e6cab5e0e392e007191459df169a6eb1738f92f970d0582be';
}

/** McGrew and Viega, "The Galois/Counter Mode of Operation", appendix B, test case 16. */
function passesGcm(): boolean {
  const key = hex('feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308');
  const iv = hex('cafebabefacedbaddecaf888');
  const aad = hex('feedfacedeadbeeffeedfacedeadbeefabaddad2');
  const plaintext = hex(
    'd9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39',
  );
  const expected =
    '522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662';
  const { ciphertext, tag } = sealGcm(key, iv, aad, plaintext);
  if (ciphertext.toString('hex') !== expected) return false;
  if (tag.toString('hex') !== '76fc6ece0f4e1768cddf8853bb2d551b') return false;
  if (openGcm(key, iv, aad, ciphertext, tag)?.equals(plaintext) !== true) return false;
  tag[15] = (tag[15] ?? 0) ^ 1;
  return openGcm(key, iv, aad, ciphertext, tag) === undefined;
}

/** RFC 9106 section 5.3. */
function passesArgon2id(): boolean {
  const tag = argon2idSync({
    message: Buffer.alloc(32, 1),
    salt: Buffer.alloc(16, 2),
    secret: Buffer.alloc(8, 3),
    associatedData: Buffer.alloc(12, 4),
    memoryKiB: 32,
    passes: 3,
    parallelism: 4,
  });
  return tag.toString('hex') === '0d640df58d78766c08c037a34a8b53c9d01ef0452d75b65eb52520e96b01e659';
}

/** "32 bytes with a context" of vectors/ciphertext-blobs.json. */
const goldenMaterial = '356666759a2df12b10b7dd72c0c7bd2fbeda8c48937e92c1be3394158d04c01b';
const goldenId = 'd5c11929a620a35bca30283b0c8bca0978d93bdbc8266c9269aeb13f91a4a881';
const goldenPlaintext = 'b2c51ce6a2e7c7fe11cd1208ea56c0d1b5cc238cebe95e7bf19a3464240c6011';
const goldenContext = [
  ['purpose', 'payments'],
  ['tenant', 'blue'],
] as const;
const goldenBlob =
  'AQICAHjVwRkppiCjW8owKDsMi8oJeNk728gmbJJprrE/kaSogQHUyOzfBoDu3XB+P5bOniN0AAAAfjB8BgkqhkiG9w0BBwagbzBtAgEAMGgGCSqG' +
  'SIb3DQEHATAeBglghkgBZQMEAS4wEQQMpDFC2jCLbmKZsf5PAgEQgDvRuVJkYDDpvXz3djryKGmGafjJNx/kfpUcKfJRpdnpbYNmfkr4rS0Wzw9i' +
  'TrZyrt+J3W7RGMrUaUcYDQ==';

function openGolden(context: ReadonlyMap<string, string>): Buffer | undefined {
  using material = Secret.take(hex(goldenMaterial));
  return decryptSymmetric(
    material,
    hex(goldenId),
    Buffer.from(goldenBlob, 'base64'),
    encodeEncryptionContext(context),
  );
}

const selfTests: readonly SelfTest[] = [
  { name: 'SHA-256', passes: passesSha256 },
  { name: 'HMAC-SHA-256', passes: passesHmac },
  { name: 'SP 800-108 counter mode', passes: passesKdf },
  { name: 'SP 800-108 per message', passes: passesMessageKdf },
  { name: 'AES-256-GCM', passes: passesGcm },
  { name: 'Argon2id', passes: passesArgon2id },
  {
    name: 'ciphertext blob opens',
    passes: () => openGolden(new Map(goldenContext))?.toString('hex') === goldenPlaintext,
  },
  {
    name: 'ciphertext blob refuses another context',
    passes: () => openGolden(new Map([['purpose', 'payroll']])) === undefined,
  },
  ...keySelfTests,
];

function hex(digits: string): Buffer {
  return Buffer.from(digits, 'hex');
}
