/** Addresses of one family that share their first bits. */
export interface IpRange {
  /** The address in groups of 16 bits: two for IPv4, eight for IPv6. */
  readonly groups: readonly number[];
  /** How many leading bits are the same. */
  readonly prefix: number;
}

/** The last 32 bits of `::ffff:0:0/96` are an IPv4 address, which sockets of both families tell this way (RFC 4291, section 2.5.5.2). */
const mapped = [0, 0, 0, 0, 0, 0xffff];

/** An address, or a range in CIDR notation (RFC 4632, RFC 4291); undefined for other texts, an address with a zone among them. */
export function findIpRange(text: string): IpRange | undefined {
  const [address = '', length, ...rest] = text.split('/', 3);
  const groups = findGroups(address);
  if (groups === undefined || rest.length > 0) return undefined;
  const bits = 16 * groups.length;
  if (length !== undefined && !/^(?:0|[1-9][0-9]{0,2})$/.test(length)) return undefined;
  const prefix = length === undefined ? bits : Number(length);
  return prefix > bits ? undefined : unmap({ groups, prefix });
}

/** Whether the second range holds the whole of the first. */
export function isWithin(inner: IpRange, outer: IpRange): boolean {
  if (inner.groups.length !== outer.groups.length || inner.prefix < outer.prefix) return false;
  return outer.groups.every((group, index) => {
    const shared = Math.min(Math.max(outer.prefix - 16 * index, 0), 16);
    return (group ^ (inner.groups[index] ?? 0)) >> (16 - shared) === 0;
  });
}

function unmap(range: IpRange): IpRange {
  const isMapped =
    range.groups.length === 8 && range.prefix >= 96 && mapped.every((group, i) => range.groups[i] === group);
  return isMapped ? { groups: range.groups.slice(6), prefix: range.prefix - 96 } : range;
}

function findGroups(address: string): readonly number[] | undefined {
  return address.includes(':') ? findIpv6Groups(address) : findIpv4Groups(address);
}

/** Four decimal bytes without leading zeros, which other readers take as octal. */
function findIpv4Groups(address: string): readonly number[] | undefined {
  const bytes = address.split('.').map((byte) => (/^(?:0|[1-9][0-9]{0,2})$/.test(byte) ? Number(byte) : 256));
  const [a = 0, b = 0, c = 0, d = 0] = bytes;
  return bytes.length === 4 && bytes.every((byte) => byte < 256) ? [a * 256 + b, c * 256 + d] : undefined;
}

/** `::` stands for as many groups of zero as are missing, at least one (RFC 4291, section 2.2). */
function findIpv6Groups(address: string): readonly number[] | undefined {
  const [head, tail, ...rest] = address.split('::').map(findHexGroups);
  if (head === undefined || rest.length > 0) return undefined;
  if (!address.includes('::')) return head.length === 8 ? head : undefined;
  // An IPv4 address stands at the end only.
  const endsEarly = address.slice(0, address.indexOf('::')).includes('.');
  if (tail === undefined || endsEarly || head.length + tail.length > 7) return undefined;
  return [...head, ...Array.from({ length: 8 - head.length - tail.length }, () => 0), ...tail];
}

function findHexGroups(text: string): readonly number[] | undefined {
  const parts = text === '' ? [] : text.split(':');
  const last = parts.at(-1)?.includes('.') === true ? findIpv4Groups(parts.pop() ?? '') : [];
  if (last === undefined || !parts.every((part) => /^[0-9A-Fa-f]{1,4}$/.test(part))) return undefined;
  return [...parts.map((part) => parseInt(part, 16)), ...last];
}
