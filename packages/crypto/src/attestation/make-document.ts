import { cborArray, cborBytes, cborInteger, cborMap, cborText } from './cbor-writer.ts';
import type { AttestationChain } from './certificate-chain.ts';
import { signCose } from './cose-signature.ts';

/** What an attestation document says ("Attestation Document Specification" of the Nitro Enclaves attestation process). */
export interface AttestationContents {
  readonly moduleId: string;
  /** Milliseconds since 1970. */
  readonly timestamp: number;
  /** `pcrs` of an enclave, `nitrotpm_pcrs` of an instance with NitroTPM. */
  readonly registers: 'pcrs' | 'nitrotpm_pcrs';
  readonly pcrs: ReadonlyMap<number, Uint8Array>;
  /** A public key in DER (SubjectPublicKeyInfo). */
  readonly publicKey?: Uint8Array | undefined;
  readonly userData?: Uint8Array | undefined;
  readonly nonce?: Uint8Array | undefined;
}

/** `{1: -35}`: the algorithm is ES384 (RFC 9053, section 2.1). */
const es384Header = cborMap([cborInteger(1), cborInteger(-35)]);

/**
 * An attestation document as the Nitro Secure Module writes it, a COSE_Sign1 without tag: for tests, under a root of
 * their own. `privateKey` (PKCS #8, DER) is that of the chain's certificate; throws an Error if it is no P-384 key.
 * Nothing else is checked, so that a test can make documents that break a rule.
 */
export function makeAttestationDocument(
  contents: AttestationContents,
  chain: AttestationChain,
  privateKey: Buffer,
): Buffer {
  const payload = encodePayload(contents, chain);
  const signature = signCose({ protectedHeader: es384Header, payload }, privateKey);
  return cborArray(cborBytes(es384Header), cborMap(), cborBytes(payload), cborBytes(signature));
}

function encodePayload(contents: AttestationContents, { certificate, cabundle }: AttestationChain): Buffer {
  const { moduleId, timestamp, registers, pcrs, publicKey, userData, nonce } = contents;
  const optional = Object.entries({ public_key: publicKey, user_data: userData, nonce }).flatMap(
    ([name, value]) => (value === undefined ? [] : [member(name, cborBytes(value))]),
  );
  return cborMap(
    member('module_id', cborText(moduleId)),
    member('digest', cborText('SHA384')),
    member('timestamp', cborInteger(timestamp)),
    member(registers, cborMap(...[...pcrs].map(([index, value]) => register(index, value)))),
    member('certificate', cborBytes(certificate)),
    member('cabundle', cborArray(...cabundle.map(cborBytes))),
    ...optional,
  );
}

function member(name: string, value: Buffer): readonly [Buffer, Buffer] {
  return [cborText(name), value];
}

function register(index: number, value: Uint8Array): readonly [Buffer, Buffer] {
  return [cborInteger(index), cborBytes(value)];
}
