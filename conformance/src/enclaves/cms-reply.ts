import { constants, createDecipheriv, privateDecrypt, type KeyObject } from 'node:crypto';

/*
 * A reader of CMS EnvelopedData (RFC 5652) of its own: it shares nothing with what writes the replies, and looks at every
 * byte of them.
 */

/** The parts of a reply to an enclave. */
export interface CmsReply {
  readonly versions: readonly number[];
  readonly subjectKeyIdentifier: Buffer;
  readonly keyEncryptionAlgorithm: string;
  readonly encryptedKey: Buffer;
  readonly contentEncryptionAlgorithm: string;
  readonly iv: Buffer;
  readonly encryptedContent: Buffer;
}

interface Node {
  readonly tag: number;
  readonly body: Buffer;
}

function nodesOf(bytes: Buffer): readonly Node[] {
  const nodes: Node[] = [];
  for (let at = 0; at < bytes.length;) {
    const tag = bytes.readUInt8(at);
    let length = bytes.readUInt8(at + 1);
    at += 2;
    if (length > 0x80) {
      const size = length - 0x80;
      length = bytes.readUIntBE(at, size);
      at += size;
    }
    nodes.push({ tag, body: bytes.subarray(at, at + length) });
    at += length;
  }
  return nodes;
}

/** The contents of the only node of `bytes`, which must have this tag. */
function open(bytes: Buffer, tag: number): Buffer {
  const [body] = bodies(bytes, [tag]);
  return body;
}

/** What is in nodes that must have these tags. */
function bodies<const Tags extends readonly number[]>(
  bytes: Buffer,
  tags: Tags,
): { readonly [Index in keyof Tags]: Buffer } {
  const nodes = nodesOf(bytes);
  const found = nodes.map(({ tag }) => tag).join();
  if (found !== tags.join()) throw new Error(`tags ${tags.join()} were expected, not ${found}`);
  return nodes.map(({ body }) => body) as { readonly [Index in keyof Tags]: Buffer };
}

export function readCmsReply(der: Uint8Array): CmsReply {
  const [contentType, explicit] = bodies(open(Buffer.from(der), 0x30), [0x06, 0xa0]);
  if (contentType.toString('hex') !== '2a864886f70d010703') throw new Error('no envelopedData');
  const [version, recipients, content] = bodies(open(explicit, 0x30), [0x02, 0x31, 0x30]);
  const [recipientVersion, subjectKeyIdentifier, algorithm, encryptedKey] = bodies(
    open(recipients, 0x30),
    [0x02, 0x80, 0x30, 0x04],
  );
  const [dataType, cipher, encryptedContent] = bodies(content, [0x06, 0x30, 0x80]);
  if (dataType.toString('hex') !== '2a864886f70d010701') throw new Error('no data');
  const [cipherId, iv] = bodies(cipher, [0x06, 0x04]);
  return {
    versions: [version.readUInt8(), recipientVersion.readUInt8()],
    subjectKeyIdentifier,
    keyEncryptionAlgorithm: algorithm.toString('hex'),
    encryptedKey,
    contentEncryptionAlgorithm: cipherId.toString('hex'),
    iv,
    encryptedContent,
  };
}

/** RSAES-OAEP with SHA-256 and MGF1 with SHA-256, as RFC 4055 and RFC 8017 encode it, both hashes with NULL parameters. */
export const oaepSha256 =
  '06092a864886f70d010107' +
  '302fa00f300d06096086480165030402010500a11c301a06092a864886f70d010108300d06096086480165030402010500';
export const aes256Cbc = '60864801650304012a';

/** Opens a reply with the enclave's private key. Throws an Error for any other key. */
export function openCmsReply(der: Uint8Array, privateKey: KeyObject): Buffer {
  const { encryptedKey, iv, encryptedContent } = readCmsReply(der);
  const padding = constants.RSA_PKCS1_OAEP_PADDING;
  const contentKey = privateDecrypt({ key: privateKey, padding, oaepHash: 'sha256' }, encryptedKey);
  const decipher = createDecipheriv('aes-256-cbc', contentKey, iv);
  return Buffer.concat([decipher.update(encryptedContent), decipher.final()]);
}
