import { hash } from 'node:crypto';
import type { SelfTest } from '../self-test.ts';
import { unwrapAesKwp } from '../import-wrapping/aes-key-wrap.ts';
import { sha256Hex } from '../hash.ts';
import { macAlgorithms } from '../mac/hmac-algorithms.ts';
import { eccNistP256 } from './ecc.ts';
import { eccNistEdwards25519 } from './ed25519.ts';
import { mlDsa44 } from './ml-dsa.ts';
import { mlKem512 } from './ml-kem.ts';
import { rsa2048 } from './rsa.ts';

/*
 * One known answer for each family, the cheapest that its arithmetic can give: a start waits for them. The vectors of the
 * tests say the rest.
 */

/** Project Wycheproof, rsa_pss_2048_sha256_mgf1_32, tcId 1: the empty message. */
const rsaPublicKey =
  '30820122300d06092a864886f70d01010105000382010f003082010a0282010100a2b451a07d0aa5f96e455671513550514a' +
  '8a5b462ebef717094fa1fee82224e637f9746d3f7cafd31878d80325b6ef5a1700f65903b469429e89d6eac8845097b5ab39' +
  '3189db92512ed8a7711a1253facd20f79c15e8247f3d3e42e46e48c98e254a2fe9765313a03eff8f17e1a029397a1fa26a8d' +
  'ce26f490ed81299615d9814c22da610428e09c7d9658594266f5c021d0fceca08d945a12be82de4d1ece6b4c03145b5d3495' +
  'd4ed5411eb878daf05fd7afc3e09ada0f1126422f590975a1969816f48698bcbba1b4d9cae79d460d8f9f85e7975005d9bc2' +
  '2c4e5ac0f7c1a45d12569a62807d3b9a02e5a530e773066f453d1f5b4c2e9cf7820283f742b9d50203010001';
const rsaSignature =
  '4f01e0c12b08625ecac89a69231906edf826380f37c959a96690d046316d68ffce9d5c471694fcebfc6b45534864689256e4' +
  'fc81c78e583f675d0c94b449647451e81beff01a11a516d5e5ce3f1a910437cb8a3a5096b19fb15f4524a35b23d89cdba12c' +
  'f5b71aac1047b28c562df7c5542c34ce23a182cf7e0e231934b17294799d44877a1d68ef1b8f073619b7618e6b7c22db2003' +
  '0d98cf591ffc3d4da5f58613ecd5ecfc3b40a1d02f40891ca43695cd4c088b05a8054c89c595a47e274816f35384226f7445' +
  '9ee63e25a1bfc03c360490552ec38343f8ace502f065303b00bc0ec320711b211fde92e57feb9013c3609342495ec0d7cabd' +
  'ec21e54acc38';

function passesRsa(): boolean {
  const key = rsa2048.openPublicKey(hex(rsaPublicKey));
  const scheme = rsa2048.signing.get('RSASSA_PSS_SHA_256');
  const verify = (message: Buffer): boolean | undefined =>
    scheme?.verify(key, 'RAW', message, hex(rsaSignature));
  return verify(Buffer.alloc(0)) === true && verify(Buffer.alloc(1)) === false;
}

/** RFC 6979, appendix A.2.5, the message "sample" with SHA-256. */
function passesEcdsa(): boolean {
  const key = eccNistP256.openPublicKey(
    hex(
      '3059301306072a8648ce3d020106082a8648ce3d0301070342000460fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6' +
        '7903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299',
    ),
  );
  const signature = hex(
    '3046022100efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716022100f7cb1c942d657c41d436c7a1b6e29f65f3e900' +
      'dbb9aff4064dc4ab2f843acda8',
  );
  const scheme = eccNistP256.signing.get('ECDSA_SHA_256');
  const verify = (message: string): boolean | undefined =>
    scheme?.verify(key, 'RAW', Buffer.from(message), signature);
  return verify('sample') === true && verify('simple') === false;
}

/** NIST CAVP, ECC CDH static unified, P-256, count 0. */
function passesEcdh(): boolean {
  const privateKey = hex(
    '308187020100301306072a8648ce3d020106082a8648ce3d030107046d306b0201010420d18944fa9c790c73f9ae0e1bf60d43c455566956b5129ab4' +
      '6d81717a79f4ac41a1440342000430f856ecb153c43ce1d1bb4ed1c098235b06b7581739b7bb310ef54861eeb915687a181ab1b9147324554be8' +
      'bac824915387bc9f54959defa053176aea3e42f7',
  );
  const peer = hex(
    '3059301306072a8648ce3d020106082a8648ce3d03010703420004202d3ce22f0820187aed2487e53f4130e5cd079ed17af81660a3fb98989368a9' +
      '3908e29a553d01231b6039582fda6360cf1da617bfe51ba4c228d3951f8c6027',
  );
  using key = eccNistP256.openPrivateKey(privateKey);
  const secret = eccNistP256.agreement.get('ECDH')?.agree(key, peer)?.toString('hex');
  return secret === '4a0eea8af2e2ad7e0ed880f40e0332b9837ab9622069a87c64b0581ee92409ca';
}

/** RFC 8032, section 7.1, test 2. */
function passesEd25519(): boolean {
  using key = eccNistEdwards25519.openPrivateKey(
    hex('302e020100300506032b6570042204204ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb'),
  );
  const signature = eccNistEdwards25519.signing.get('ED25519_SHA_512')?.sign(key, 'RAW', hex('72'));
  return (
    signature?.toString('hex') ===
    '92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da' +
      '085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00'
  );
}

/** ACVP, ML-DSA-keyGen-FIPS204, tcId 1: SHA-256 of the public key that the seed gives. */
function passesMlDsa(): boolean {
  const pair = mlDsa44.readPrivateKey(
    hex(
      '3034020100300b060960864801650304031104228020' +
        '4be7a01a99a5e5bcfe3c06785d8e4ec664082227d86704e9e44862623a05c8b3',
    ),
  );
  const publicKey = pair?.publicKey.subarray(22) ?? Buffer.alloc(0);
  return sha256Hex(publicKey) === 'a140495fe1cbeb25d30ecf194ee2823dde1b76bbcbdea8cac50c6365f6803060';
}

/** ACVP, ML-KEM-keyGen-FIPS203, tcId 1. A ciphertext of zeros is rejected: SHAKE256(z || c) (FIPS 203, algorithm 18). */
function passesMlKem(): boolean {
  const privateKey = hex(
    '3054020100300b060960864801650304040104428040' +
      '1eb4400a01629d517974e2cd85b9def59082de508e6f9c2b0e341e12965955ca' +
      '1a394111163803fe2e8519c335a6867556338eadafa22b5fc557430560ccd693',
  );
  const publicKey = mlKem512.readPrivateKey(privateKey)?.publicKey.subarray(22) ?? Buffer.alloc(0);
  if (sha256Hex(publicKey) !== '20cf173c9faeb53a84fe73d8e507f9ef80a1d9b972d19ebafd3b8d6b25777c10')
    return false;
  using key = mlKem512.openPrivateKey(privateKey);
  const secret = mlKem512.encapsulation.get('ML_KEM')?.decapsulate(key, Buffer.alloc(768));
  return secret?.toString('hex') === '5a01c74672537c43c95a71bca8f5093493132276f0f1e3b8574da1a521e79748';
}

/**
 * GB/T 32905, appendix A, example 1. SM2's points would take longer than all other tests together: of what is computed in
 * JavaScript, they and Ed25519ph and the external mu of ML-DSA are left to the vectors of the tests.
 */
function passesSm3(): boolean {
  return hash('sm3', 'abc') === '66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0';
}

/** RFC 4231, test case 2. */
function passesHmac(): boolean {
  const algorithm = macAlgorithms.get('HMAC_SHA_512');
  const mac = algorithm?.mac(Buffer.from('Jefe'), Buffer.from('what do ya want for nothing?'));
  return (
    mac?.toString('hex') ===
    '164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea250554' +
      '9758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737'
  );
}

/** NIST CAVP, KWP_AD_256, a plaintext of 72 bits. */
function passesKwp(): boolean {
  const key = hex('0e6d542f960c7e61ca190d7fd719fda157030a0a013164613a8c522b52ae685d');
  const wrapped = hex('b5cae8a82095abb3478ab167dbc0201d2f4dfc5f81bbe44e');
  const plaintext = unwrapAesKwp(key, wrapped)?.toString('hex');
  return plaintext === 'a957eb4ea02e68ba8b' && unwrapAesKwp(wrapped, wrapped) === undefined;
}

/** The self-tests of everything that key pairs, MACs and imports use. */
export const keySelfTests: readonly SelfTest[] = [
  { name: 'RSASSA-PSS', passes: passesRsa },
  { name: 'ECDSA', passes: passesEcdsa },
  { name: 'ECC CDH', passes: passesEcdh },
  { name: 'Ed25519', passes: passesEd25519 },
  { name: 'ML-DSA', passes: passesMlDsa },
  { name: 'ML-KEM', passes: passesMlKem },
  { name: 'SM3', passes: passesSm3 },
  { name: 'HMAC-SHA-512', passes: passesHmac },
  { name: 'AES-KWP', passes: passesKwp },
];

function hex(digits: string): Buffer {
  return Buffer.from(digits, 'hex');
}
