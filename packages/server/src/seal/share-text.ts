import { equalConstantTime, Secret, secretMemory, sha256 } from '@keyhaven/crypto';
import { base32Value, encodeBase32, packBase32 } from './base32.ts';
import { SealRefusal } from './seal-refusal.ts';

/** 32 bytes of the sealing key's sharing and the point they were taken at. */
export const shareBytes = 33;
const checksumBytes = 7;
const symbols = ((shareBytes + checksumBytes) / 5) * 8;
const groupLength = 4;
/** More than any share has, spaces included; what is longer is not looked at. */
const maxTextBytes = 512;

/** What a share says of itself in clear. */
export interface ShareLabel {
  /** Names the sharing: shares of different ones never open anything together. */
  readonly setId: string;
  readonly number: number;
  readonly threshold: number;
}

export interface Share extends ShareLabel {
  readonly value: Secret;
}

/**
 * One line for one holder, to be printed, copied or typed:
 * `KEYHAVEN1-SHARE-2-NEEDS-3-SET-7K3MQ8ZP-XXXX-...` with 16 groups: the share and a checksum in Base32.
 * The checksum covers the whole line and is computed from nothing else, so it tells a slip of the pen and nothing more.
 */
export function formatShare({ value, ...label }: Share): string {
  return value.use((share) => {
    const payload = secretMemory(shareBytes + checksumBytes);
    payload.set(share);
    payload.set(checksumOf(label, share), shareBytes);
    const text = encodeBase32(payload);
    payload.fill(0);
    const groups = text.match(new RegExp(`.{${groupLength}}`, 'g')) ?? [];
    return ['KEYHAVEN1-SHARE', label.number, 'NEEDS', label.threshold, 'SET', label.setId, ...groups].join(
      '-',
    );
  });
}

/**
 * Reads a share's text in either case, with spaces and hyphens wherever they came to be. The text stays the caller's to
 * dispose, the share's value becomes so. Throws a SealRefusal for anything but an undamaged share.
 */
export function parseShare(text: Secret): Share {
  if (text.length > maxTextBytes) throw notAShare();
  return text.use((bytes) => {
    const compact = withoutSpaces(bytes);
    const payload = secretMemory(shareBytes + checksumBytes);
    try {
      const { label, end } = readLabel(compact);
      readPayload(compact.subarray(end), payload);
      const share = payload.subarray(0, shareBytes);
      if (!equalConstantTime(checksumOf(label, share), payload.subarray(shareBytes))) {
        throw new SealRefusal(
          `There is a typing error in share ${label.number}: its checksum does not fit.`,
          again,
        );
      }
      return { ...label, value: Secret.take(share) };
    } finally {
      compact.fill(0);
      payload.fill(0);
    }
  });
}

/** What the seal header keeps of each share, to tell later which one is wrong: 256 random bits cannot be guessed. */
export function shareDigest({ value, ...label }: Share): Buffer {
  return value.use((share) => labelledDigest('keyhaven/share-digest/1', label, share));
}

function checksumOf(label: ShareLabel, share: Uint8Array): Buffer {
  return labelledDigest('keyhaven/share-checksum/1', label, share).subarray(0, checksumBytes);
}

/** Injective: the use ends in a zero byte, and all that follows it has a fixed length. */
function labelledDigest(use: string, { setId, number, threshold }: ShareLabel, share: Uint8Array): Buffer {
  const input = secretMemory(use.length + 1 + setId.length + 2 + share.length);
  let at = input.write(use, 'latin1') + 1;
  at += input.write(setId, at, 'latin1');
  input[at++] = number;
  input[at++] = threshold;
  input.set(share, at);
  const digest = sha256(input);
  input.fill(0);
  return digest;
}

/** In memory of its own, for the caller to zeroise. */
function withoutSpaces(bytes: Buffer): Buffer {
  const compact = secretMemory(bytes.length);
  let length = 0;
  for (const byte of bytes) if (byte > 0x20) compact[length++] = byte;
  return compact.subarray(0, length);
}

const hyphen = 0x2d;
const labelPattern = /^KEYHAVEN1-SHARE-([1-9]\d?)-NEEDS-([1-9]\d?)-SET-([0-9A-Z]{8})-$/;

/** Only what is in front of the seventh hyphen becomes a string: the rest is secret. */
function readLabel(compact: Buffer): { readonly label: ShareLabel; readonly end: number } {
  let end = 0;
  for (let hyphens = 0; hyphens < 7; hyphens++) {
    end = compact.indexOf(hyphen, end) + 1;
    if (end === 0) throw notAShare();
  }
  const [, number, threshold, set] =
    labelPattern.exec(compact.toString('latin1', 0, end).toUpperCase()) ?? [];
  if (number === undefined || threshold === undefined || set === undefined) throw notAShare();
  const setId = set.replaceAll(/[IL]/g, '1').replaceAll('O', '0');
  return { label: { setId, number: Number(number), threshold: Number(threshold) }, end };
}

function readPayload(encoded: Buffer, payload: Buffer): void {
  const digits = secretMemory(symbols);
  try {
    let count = 0;
    for (const character of encoded) {
      if (character === hyphen) continue;
      const value = base32Value(character);
      if (value === undefined) {
        throw new SealRefusal('A character in the share is none that shares are written with.', again);
      }
      if (count < symbols) digits[count] = value;
      count++;
    }
    if (count !== symbols) {
      throw new SealRefusal(
        `The share has ${count} characters after its set; ${symbols} belong there.`,
        again,
      );
    }
    packBase32(digits, payload);
  } finally {
    digits.fill(0);
  }
}

const again = 'Compare it with the original and enter it again.';

function notAShare(): SealRefusal {
  return new SealRefusal(
    'This is no share of a Keyhaven seal.',
    'A share is one line that begins with KEYHAVEN1-SHARE. Enter the whole line.',
  );
}
