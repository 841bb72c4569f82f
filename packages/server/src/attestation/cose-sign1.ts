import { findCbor } from './bounded-cbor.ts';

/** A COSE_Sign1 (RFC 9052, section 4.2) whose algorithm is ES384, taken apart and not verified. */
export interface CoseSign1 {
  readonly protectedHeader: Uint8Array;
  readonly payload: Uint8Array;
  readonly signature: Uint8Array;
}

/** Tag 18 says that it is a COSE_Sign1; it may be left out. */
const tag = 0xd2;
/** "COSE and CBOR" of the Nitro Enclaves attestation process: `bstr .size (1..16384)`. */
const mostPayloadBytes = 16_384;
/** What is around the payload: headers and a signature of 96 bytes. */
const mostDocumentBytes = mostPayloadBytes + 256;

const algorithmLabel = 1;
const es384 = -35;

/** Undefined for whatever is not of that form, or has another header than `{1: -35}`. */
export function findCoseSign1(document: Uint8Array): CoseSign1 | undefined {
  if (document.length > mostDocumentBytes) return undefined;
  const item = findCbor(document[0] === tag ? document.subarray(1) : document);
  if (!Array.isArray(item) || item.length !== 4) return undefined;
  const [protectedHeader, unprotectedHeader, payload, signature] = item as readonly unknown[];
  if (!(protectedHeader instanceof Uint8Array) || !isEs384(findCbor(protectedHeader))) return undefined;
  if (!(unprotectedHeader instanceof Map) || unprotectedHeader.size > 0) return undefined;
  if (!(payload instanceof Uint8Array) || !(signature instanceof Uint8Array)) return undefined;
  return payload.length > mostPayloadBytes ? undefined : { protectedHeader, payload, signature };
}

function isEs384(header: unknown): boolean {
  return header instanceof Map && header.size === 1 && header.get(algorithmLabel) === es384;
}
