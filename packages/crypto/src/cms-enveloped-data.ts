import { createCipheriv } from 'node:crypto';
import { encryptOaep, readPublicKey } from './attestation/recipient-key.ts';
import { contextTag, derTag } from './der/der-tags.ts';
import { derInteger, derOctetString, derSequence, type DerValue, encodeDer } from './der/der-writer.ts';
import { sha256 } from './hash.ts';
import { drawRandom, randomBytes } from './random.ts';

const objectIdentifier = (contents: string): DerValue => ({
  tag: derTag.objectIdentifier,
  contents: Buffer.from(contents, 'hex'),
});
const explicit = (number: number, value: DerValue): DerValue => ({
  tag: contextTag(number, 'constructed'),
  contents: [value],
});
/** `[0] IMPLICIT OCTET STRING`. */
const implicitOctets = (contents: Uint8Array): DerValue => ({ tag: contextTag(0, 'primitive'), contents });

const envelopedData = objectIdentifier('2a864886f70d010703');
const data = objectIdentifier('2a864886f70d010701');
const rsaesOaep = objectIdentifier('2a864886f70d010107');
const mgf1 = objectIdentifier('2a864886f70d010108');
const sha256Id = objectIdentifier('608648016503040201');
const aes256Cbc = objectIdentifier('60864801650304012a');

const sha256Algorithm = derSequence(sha256Id, { tag: derTag.null, contents: [] });
/** RSAES-OAEP-params (RFC 4055, section 4.1): SHA-256 for both, which are not the defaults. */
const oaepAlgorithm = derSequence(
  rsaesOaep,
  derSequence(explicit(0, sha256Algorithm), explicit(1, derSequence(mgf1, sha256Algorithm))),
);

const contentKeyBytes = 32;
const ivBytes = 16;
const version2 = derInteger(Buffer.from([2]));

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
    implicitOctets(subjectKeyIdentifier),
    oaepAlgorithm,
    derOctetString(encryptedKey),
  );
  const content = derSequence(
    data,
    derSequence(aes256Cbc, derOctetString(iv)),
    implicitOctets(encryptedContent),
  );
  const recipients = { tag: derTag.set, contents: [recipient] };
  return encodeDer(derSequence(envelopedData, explicit(0, derSequence(version2, recipients, content))));
}
