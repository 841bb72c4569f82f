import { isIPv4, isIPv6 } from 'node:net';

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
  if (isIPv4(address)) return ipv4Groups(address);
  return isIPv6(address) && !address.includes('%') ? ipv6Groups(address) : undefined;
}

function ipv4Groups(address: string): readonly number[] {
  const [a = 0, b = 0, c = 0, d = 0] = address.split('.').map(Number);
  return [a * 256 + b, c * 256 + d];
}

/** The text has been found to be an address; `::` stands for as many groups of zero as are missing. */
function ipv6Groups(address: string): readonly number[] {
  const [head = [], tail = []] = address.split('::', 2).map(parseGroups);
  const missing = Array.from({ length: 8 - head.length - tail.length }, () => 0);
  return [...head, ...missing, ...tail];
}

function parseGroups(text: string): readonly number[] {
  if (text === '') return [];
  return text
    .split(':')
    .flatMap((group) => (group.includes('.') ? ipv4Groups(group) : [parseInt(group, 16)]));
}
