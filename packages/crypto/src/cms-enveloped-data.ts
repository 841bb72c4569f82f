import { createCipheriv } from 'node:crypto';
import { encryptOaep, readPublicKey } from './attestation/recipient-key.ts';
import { derElement, derObjectIdentifier, derSequence, derSmallInteger } from './der-writer.ts';
import { sha256 } from './hash.ts';
import { drawRandom, randomBytes } from './random.ts';

const envelopedData = derObjectIdentifier('2a864886f70d010703');
const data = derObjectIdentifier('2a864886f70d010701');
const rsaesOaep = derObjectIdentifier('2a864886f70d010107');
const mgf1 = derObjectIdentifier('2a864886f70d010108');
const sha256Id = derObjectIdentifier('608648016503040201');
const aes256Cbc = derObjectIdentifier('60864801650304012a');

const setIdentifier = 0x31;
const octetString = 0x04;
const nullElement = derElement(0x05);
/** Context-specific tag 0, primitive for an octet string and constructed for what is explicit. */
const implicitZero = 0x80;
const explicitZero = 0xa0;
const explicitOne = 0xa1;

const sha256Algorithm = derSequence(sha256Id, nullElement);
/** RSAES-OAEP-params (RFC 4055, section 4.1): SHA-256 for both, which are not the defaults. */
const oaepAlgorithm = derSequence(
  rsaesOaep,
  derSequence(
    derElement(explicitZero, sha256Algorithm),
    derElement(explicitOne, derSequence(mgf1, sha256Algorithm)),
  ),
);

const contentKeyBytes = 32;
const ivBytes = 16;
const version2 = derSmallInteger(2);

/**
 * CMS EnvelopedData (RFC 5652, section 6) as a ContentInfo in DER: the plaintext under AES-256-CBC, its key under
 * RSAES-OAEP with SHA-256, for the holder of one RSA key. The recipient is named by a subject key identifier, which here is
 * the SHA-256 of its SubjectPublicKeyInfo (AWS KMS writes 32 bytes there too, and does not say of what).
 * `publicKeySpki` is one that `isRecipientKey` accepts; throws an Error for others. The plaintext stays the caller's.
 */
export function encryptForRecipient(publicKeySpki: Uint8Array, plaintext: Uint8Array): Buffer {
  const contentKey = randomBytes(contentKeyBytes);
  try {
    const iv = Buffer.alloc(ivBytes);
    drawRandom(iv, 0, ivBytes);
    const cipher = createCipheriv('aes-256-cbc', contentKey, iv);
    const encryptedContent = Buffer.concat([cipher.update(plaintext), cipher.final()]);
    const encryptedKey = encryptOaep(readPublicKey(publicKeySpki), contentKey);
    return renderContentInfo(sha256(publicKeySpki), encryptedKey, iv, encryptedContent);
  } finally {
    contentKey.fill(0);
  }
}

function renderContentInfo(
  subjectKeyIdentifier: Buffer,
  encryptedKey: Buffer,
  iv: Buffer,
  encryptedContent: Buffer,
): Buffer {
  // Version 2 of both goes with a subject key identifier (RFC 5652, sections 6.1 and 6.2.1).
  const recipient = derSequence(
    version2,
    derElement(implicitZero, subjectKeyIdentifier),
    oaepAlgorithm,
    derElement(octetString, encryptedKey),
  );
  const content = derSequence(
    data,
    derSequence(aes256Cbc, derElement(octetString, iv)),
    derElement(implicitZero, encryptedContent),
  );
  const enveloped = derSequence(version2, derElement(setIdentifier, recipient), content);
  return derSequence(envelopedData, derElement(explicitZero, enveloped));
}
